import { test } from 'vitest';
import { buildCorpus } from './corpus.js';
import { runOne } from './run-one.js';
test('x', async () => {
  const corpus = await buildCorpus();
  const worst: [number, string][] = [];
  for (const s of corpus.filter(s=>/text|script/.test(s.format))) {
    const L = Buffer.from(s.bytes).toString('latin1').split('\n');
    for (const f of ['a',' ','0',':','[','=','-','\t','pid=1 ','x: ','[000] ','\0','0x','(','.','1.','a=','a=1,',') ','rip 0x','reason ', 'lost ', '# ', ' : ', '] ', '1 ', '-1 ', ' 1.1: ', 'a:b: ', 'vcpu 0 ', 'prev_comm=a ', '==> ', 'comm=x pid=1 ', '[LOST 1 EVENTS] ']) {
      for (const n of [1500, 7000, 30000]) for (const where of [0.05, 0.4, 0.6, 0.95, 1]) {
        const M = L.map((l) => { if (l.startsWith('#')) return l; const c = Math.floor(l.length*where); return l.slice(0,c) + f.repeat(n/f.length) + l.slice(c); });
        const b = Uint8Array.from(Buffer.from(M.join('\n'),'latin1'));
        const t=performance.now(); await runOne(b, {streams:false, reports:false}); const ms = performance.now()-t;
        worst.push([ms / (b.length / 1e6), `${s.name} ${JSON.stringify(f)} ${where} ${n} ${ms.toFixed(0)} ms of ${b.length}`]);
      }
    }
  }
  worst.sort((a,b)=>b[0]-a[0]); console.log(worst.slice(0,25).map(([r,t])=>`${r.toFixed(0)} ms/MB ${t}`).join('\n'));
}, 300000);

// Takes the pictures of docs/images: every view, on small recordings and on a large one.
// By hand, after a build: npm run images [-- LARGE_RECORDING]
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const FOLDER = 'docs/images';
const COMMAND = 'dist/cli/main.cjs';
const LARGEST_SUM = 3_000_000;

/** A bundled recording; one that is stored packed is unpacked beside what else is made. */
function fixture(name) {
  const plain = `fixtures/kvm-x86/${name}/trace.dat`;
  if (existsSync(plain)) return plain;
  const unpacked = `.cache/images/${name}/trace.dat`;
  mkdirSync(dirname(unpacked), { recursive: true });
  writeFileSync(unpacked, execFileSync('xz', ['-dc', `${plain}.xz`], { maxBuffer: 2 ** 28 }));
  return unpacked;
}

const BENCHMARKS = [
  '--native',
  'fixtures/benchmarks/native-vs-vm/native',
  '--vm',
  'fixtures/benchmarks/native-vs-vm/vm',
];

/** What is opened, and what of it is shown: file, address, what is clicked before; light and 1280 × 800 unless said. */
const PICTURES = [
  {
    open: [fixture('f5-pingpong-host-noise')],
    shots: [
      { file: 'overview' },
      { file: 'overview-dark', theme: 'dark' },
      { file: 'overview-1024', width: 1024, height: 768 },
      { file: 'overview-400', width: 400, height: 860 },
      { file: 'findings', address: '#v1/findings' },
      { file: 'scheduling', address: '#v1/scheduling?culprit=kbench' },
      { file: 'exits', address: '#v1/exits?exits.unfolded=/halt|/halt/hlt|/interrupt-control' },
      { file: 'timeline', address: '#v1/timeline' },
      {
        file: 'timeline-episode-dark',
        theme: 'dark',
        address: '#v1/scheduling?culprit=kbench',
        click: '[data-theft]',
      },
      { file: 'heat', address: '#v1/heat' },
      { file: 'range', address: '#v1/exits?from=4000000000&to=6000000000' },
    ],
  },
  {
    open: [fixture('native-vs-vm/rec/cpuid'), ...BENCHMARKS, '--benchmark', 'cpuid'],
    shots: [{ file: 'benchmarks', address: '#v1/benchmarks?pair=sleep%2C+time%2C+ns' }],
  },
  {
    open: [fixture('e-timer'), fixture('n-timer-nopoll')],
    shots: [{ file: 'compare', address: '#v1/compare' }],
  },
];

const LARGE = [
  { file: 'large-overview', theme: 'dark' },
  { file: 'large-timeline', address: '#v1/timeline' },
  { file: 'large-exits-dark', theme: 'dark', address: '#v1/exits' },
  { file: 'large-heat', address: '#v1/heat' },
];

async function open(args) {
  const server = spawn(process.execPath, [COMMAND, 'open', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once('line', resolve);
    server.once('exit', () => reject(new Error(`vmtoll open ${args.join(' ')} ended`)));
  });
  return { url, close: () => server.kill('SIGTERM') };
}

/** Until nothing is read, counted or drawn any more. */
async function settled(page) {
  await page.locator('.view > *').first().waitFor();
  const busy = page.locator('[aria-busy="true"], .state progress');
  while ((await busy.count()) > 0) await busy.first().waitFor({ state: 'detached', timeout: 600_000 });
  await page.waitForTimeout(1200);
}

async function take(browser, url, { file, address = '', theme = 'light', width = 1280, height = 800, click }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  await page.goto(url + address);
  await settled(page);
  if (click !== undefined) {
    await page.locator(click).first().click();
    await settled(page);
  }
  await page.screenshot({ path: join(FOLDER, `${file}.png`) });
  await context.close();
  console.log(`${file}.png`);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const large = process.argv[2];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const { open: args, shots } of [...PICTURES, ...(large === undefined ? [] : [{ open: [large], shots: LARGE }])]) {
  const { url, close } = await open(args);
  for (const shot of shots) await take(browser, url, shot);
  close();
}
await browser.close();

const sum = readdirSync(FOLDER).reduce((total, name) => total + statSync(join(FOLDER, name)).size, 0);
console.log(`${(sum / 1000).toFixed(0)} kB in all`);
if (sum > LARGEST_SUM) throw new Error(`more than ${LARGEST_SUM / 1000} kB`);

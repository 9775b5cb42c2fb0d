// Builds the page: dist/web/index.html with its script and style, and report.html, the same in one file, into which
// an exported report puts its data.
// By hand: node scripts/build-page.mjs [folder]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Of script and style together, without the worker, which is only loaded when files are dropped. */
const LARGEST_PAGE = 150_000;

/** @param {string} folder where the files go; what is in it goes */
export async function buildPage(folder) {
  const options = {
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    legalComments: 'none',
    outdir: folder,
  };
  const worker = await build({ ...options, entryPoints: { worker: 'web/src/engine/worker.ts' } });
  const analysis = worker.outputFiles[0].text;
  const workerFile = `worker-${digest(analysis, 'hex').slice(0, 10)}.js`;
  const define = { WORKER_FILE: JSON.stringify(workerFile) };
  const [page, style] = await Promise.all([
    build({ ...options, define, entryPoints: { page: 'web/src/main.tsx' } }),
    build({ ...options, entryPoints: { page: 'web/src/design/index.css' } }),
  ]);
  const script = page.outputFiles[0].text;
  const css = style.outputFiles[0].text;
  const bytes = gzipSync(script).length + gzipSync(css).length;
  if (bytes > LARGEST_PAGE) throw new Error(`the page is ${bytes} bytes compressed, more than ${LARGEST_PAGE}`);

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const named = (name, extension, text) => {
    const file = `${name}-${digest(text, 'hex').slice(0, 10)}.${extension}`;
    writeFileSync(join(folder, file), text);
    return file;
  };
  writeFileSync(join(folder, workerFile), analysis);
  const template = readFileSync('web/index.html', 'utf8');
  const served = filled(template, {
    style: `<link rel="stylesheet" href="${named('page', 'css', css)}" />`,
    script: `<script type="module" src="${named('page', 'js', script)}"></script>`,
    policy: '',
    data: '',
  });
  writeFileSync(join(folder, 'index.html'), served);
  const inlined = script.replaceAll('</script', '<\\/script');
  const single = filled(template, {
    style: `<style>${css}</style>`,
    script: `<script type="module">${inlined}</script>`,
    policy: `<meta http-equiv="Content-Security-Policy" content="${policyOf(inlined, css)}" />`,
    data: '<!-- data -->',
  });
  writeFileSync(join(folder, 'report.html'), single);
  return { bytes, workerBytes: gzipSync(analysis).length };
}

/** Only this very script and style, and nothing from anywhere else. */
const policyOf = (script, css) =>
  [
    "default-src 'none'",
    `script-src 'sha256-${digest(script, 'base64')}'`,
    `style-src 'sha256-${digest(css, 'base64')}'`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

const digest = (text, encoding) => createHash('sha256').update(text).digest(encoding);

const filled = (template, parts) =>
  template.replace(/<!-- (\w+) -->/g, (all, name) => (name in parts ? parts[name] : all));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { bytes, workerBytes } = await buildPage(process.argv[2] ?? 'dist/web');
  console.log(
    `page: ${(bytes / 1000).toFixed(1)} kB compressed (at most ${LARGEST_PAGE / 1000}), worker ${(workerBytes / 1000).toFixed(1)} kB`,
  );
}

// Drives the page in headless Chromium and measures it: first useful screen, and frames while the timeline is panned and
// zoomed at every depth. A process of its own, since the benchmarks around it are synchronous.
//
//   node bench/page-frames.mjs RECORDING FOLDER [FRAMES]      prints JSON
//
// FOLDER is for speedscope, which is fetched by npm where it is not there yet.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { spread } from './measure.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const COMMAND = join(ROOT, 'dist/cli/main.cjs');
const CHROMIUM = '/usr/bin/chromium';
const SPEEDSCOPE = 'speedscope@1.25.0';
const SCREEN = { width: 1440, height: 900 };
/** Depths: nanoseconds in view, as far as T is longer. */
const DEPTHS = [Number.POSITIVE_INFINITY, 10e9, 1e9, 100e6, 10e6, 1e6, 100e3, 10e3];
const FRAMES = 60;
const OPEN_TIMEOUT_MS = 600_000;

/** In the page: measures the callbacks of animation frames, which is where pages draw. */
function measureFrames() {
  const request = window.requestAnimationFrame.bind(window);
  const draws = [];
  Object.assign(window, { benchDraws: draws, benchFrame: () => new Promise(request) });
  window.requestAnimationFrame = (callback) =>
    request((time) => {
      const start = performance.now();
      callback(time);
      draws.push(performance.now() - start);
    });
}

/** In the page: turns the wheel once a frame. @returns milliseconds of drawing, and between frames */
async function turnWheel({ selector, frames, kind, modifiers }) {
  const { left, top, width, height } = document.querySelector(selector).getBoundingClientRect();
  const place = {
    clientX: left + width * 0.6,
    clientY: top + (selector === 'body' ? height / 2 : Math.min(height / 2, 120)),
    bubbles: true,
    cancelable: true,
  };
  const target = document.elementFromPoint(place.clientX, place.clientY);
  window.benchDraws.length = 0;
  const between = [];
  let last = await window.benchFrame();
  for (let frame = 0; frame < frames; frame++) {
    const isBack = frame % 20 >= 10;
    const delta = kind === 'pan' ? { deltaX: isBack ? -40 : 40 } : { deltaY: isBack ? 60 : -60, ...modifiers };
    target.dispatchEvent(new WheelEvent('wheel', { ...place, ...delta }));
    const now = await window.benchFrame();
    between.push(now - last);
    last = now;
  }
  return { draws: [...window.benchDraws], between };
}

const worst = (/** @type {number[]} */ values) =>
  values.length === 0 ? { median: 0, min: 0, max: 0 } : spread(values);

/** Opens a recording with vmtoll and waits for the page's address. */
async function openRecording(/** @type {string} */ recording) {
  const server = spawn(process.execPath, [COMMAND, 'open', recording], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((found, failed) => {
    let text = '';
    server.stdout.on('data', (chunk) => {
      text += chunk;
      const [match] = /https?:\/\/\S+/.exec(text) ?? [];
      if (match !== undefined) found(match);
    });
    server.on('exit', () => failed(new Error('vmtoll open ended before it had an address')));
  });
  return { server, url };
}

const isTimelineDone = () => document.querySelector('[data-depth][data-complete="true"]') !== null;

async function measureTimeline(/** @type {import('playwright-core').Browser} */ browser, url, frames, started) {
  const page = await browser.newPage({ viewport: SCREEN });
  await page.addInitScript(measureFrames);
  await page.goto(`${url.split('#')[0]}#v1/timeline`);
  await page.waitForFunction(isTimelineDone, undefined, { timeout: OPEN_TIMEOUT_MS });
  const openedMs = performance.now() - started;
  // The server has read everything now: how long the page itself takes.
  const again = performance.now();
  await page.reload();
  await page.waitForFunction(isTimelineDone, undefined, { timeout: OPEN_TIMEOUT_MS });
  const reloadMs = performance.now() - again;
  const lengthNs = Number(await page.getAttribute('.timeline', 'data-length-ns'));
  const depths = [];
  for (const inView of DEPTHS) {
    if (Number.isFinite(inView) && inView >= lengthNs) continue;
    const spanNs = Math.min(inView, lengthNs);
    const from = Math.floor(lengthNs / 2 - spanNs / 2);
    await page.evaluate(
      (hash) => {
        location.hash = hash;
      },
      `#v1/timeline?view=${from}-${Math.ceil(from + spanNs)}`,
    );
    await page.waitForTimeout(400);
    await page.waitForFunction(isTimelineDone, undefined, { timeout: OPEN_TIMEOUT_MS });
    const row = { spanNs };
    for (const kind of ['pan', 'zoom']) {
      const { draws, between } = await page.evaluate(turnWheel, {
        selector: '.timeline-stage',
        frames,
        kind,
        modifiers: {},
      });
      row[kind] = { draw: worst(draws), between: worst(between), frames: draws.length };
      await page.waitForTimeout(300);
    }
    depths.push(row);
  }
  await page.close();
  return { openedMs, reloadMs, lengthNs, depths };
}

/** One line a stack, as flame graphs take them: what exits cost by cause, reason and detail. */
function foldedStacks(/** @type {string} */ recording) {
  const { stdout } = spawnSync(process.execPath, [COMMAND, 'explain', '--json', recording], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const name = (/** @type {unknown} */ text) => String(text).replaceAll(';', ',').replace(/\s+/g, '_');
  return JSON.parse(stdout)
    .exits.map((row) => {
      const stack = [row.machine, `vcpu ${row.vcpu}`, row.cause, row.reason, row.detail].filter(
        (part) => part !== null,
      );
      return `${stack.map(name).join(';')} ${row.count}`;
    })
    .join('\n');
}

/** Where speedscope's page is; undefined where npm cannot have it. */
function speedscopeFolder(/** @type {string} */ folder) {
  const release = join(folder, 'node_modules/speedscope/dist/release');
  if (existsSync(release)) return release;
  mkdirSync(folder, { recursive: true });
  const options = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', SPEEDSCOPE];
  spawnSync('npm', options, { stdio: 'ignore' });
  return existsSync(release) ? release : undefined;
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.txt': 'text/plain' };

async function serveFolder(/** @type {string} */ folder) {
  const server = createServer(({ url }, response) => {
    const path = join(folder, new URL(url ?? '/', 'http://localhost').pathname);
    if (!path.startsWith(folder) || !existsSync(path)) response.writeHead(404).end();
    else
      response
        .writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
        .end(readFileSync(path));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  return { server, port: server.address().port };
}

async function measureSpeedscope(browser, recording, folder, frames) {
  const release = speedscopeFolder(folder);
  if (release === undefined) return { skipped: `npm could not install ${SPEEDSCOPE}` };
  const stacks = foldedStacks(recording);
  writeFileSync(join(release, 'stacks.txt'), stacks);
  const { server, port } = await serveFolder(release);
  try {
    const page = await browser.newPage({ viewport: SCREEN });
    await page.addInitScript(measureFrames);
    const start = performance.now();
    await page.goto(`http://127.0.0.1:${port}/index.html#profileURL=http://127.0.0.1:${port}/stacks.txt`);
    await page.waitForSelector('canvas', { timeout: 60_000 });
    await page.evaluate(() => window.benchFrame());
    const openedMs = performance.now() - start;
    const row = {};
    // Its wheel pans, and zooms with Ctrl. It ends zoomed in, so that there is something to pan.
    for (const kind of ['zoom', 'pan']) {
      const turns = kind === 'zoom' ? frames - (frames % 20) + 10 : frames;
      const options = { selector: 'body', frames: turns, kind, modifiers: { ctrlKey: true } };
      const { draws, between } = await page.evaluate(turnWheel, options);
      row[kind] = { draw: worst(draws), between: worst(between), frames: draws.length };
    }
    await page.close();
    return { stacks: stacks.split('\n').length, openedMs, ...row };
  } finally {
    server.close();
  }
}

const [recording, folder, frames = String(FRAMES)] = process.argv.slice(2);
if (recording === undefined || folder === undefined) {
  console.error('usage: node bench/page-frames.mjs RECORDING FOLDER [FRAMES]');
  process.exit(2);
}
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
const started = performance.now();
const { server, url } = await openRecording(recording);
try {
  const timeline = await measureTimeline(browser, url, Number(frames), started);
  const speedscope = await measureSpeedscope(browser, recording, folder, Number(frames));
  console.log(JSON.stringify({ browser: browser.version(), timeline, speedscope }));
} finally {
  server.kill('SIGTERM');
  await browser.close();
}

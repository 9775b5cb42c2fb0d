/** The local server answers its own page and nobody else. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../src/server/backend.js';
import { questionOf } from '../../src/server/questions.js';
import { type RunningServer, startServer } from '../../src/server/server.js';
import type { Question } from '../../src/workspace/protocol.js';

const SECRET = 'the books';
const asked: Question[] = [];
let abandoned: Promise<void>;

const backend: Backend = {
  opening: () => ({ state: 'failed', issue: { code: 'none', severity: 'error', message: SECRET } }),
  ask(question, signal) {
    asked.push(question);
    if (question.ask === 'tile') return Promise.resolve({ ok: true, bytes: Uint8Array.of(1, 2, 3) });
    if (question.ask === 'difference') {
      // Never answered: until nobody waits for it any more.
      return new Promise((resolve) => {
        abandoned = new Promise((noted) => {
          signal.addEventListener('abort', () => {
            noted();
            resolve({ ok: true, text: '' });
          });
        });
      });
    }
    return Promise.resolve({ ok: true, text: JSON.stringify(SECRET) });
  },
};

let server: RunningServer;

beforeAll(async () => {
  const html = { type: 'text/html; charset=utf-8', bytes: Buffer.from(SECRET) };
  server = await startServer({ port: 0, page: new Map([['index.html', html]]), backend });
});
afterAll(() => server.close());

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** @param path of the address, exactly as it is sent */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (piece: Buffer) => {
        body += piece.toString('latin1');
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const home = (): string => new URL(server.url).pathname;

describe('who is answered', () => {
  test('the page itself, with the token', async () => {
    const reply = await get(home());
    expect(reply).toMatchObject({ status: 200, body: SECRET });
    expect((await get(`${home()}api/timeline?recording=0`)).body).toContain(SECRET);
  });

  test.each([
    ['no token', '/'],
    ['another token', '/AAAAAAAAAAAAAAAAAAAAAA/'],
    ['a token that begins alike', ''],
    ['the token elsewhere', '/index.html?token='],
  ])('%s: not found, and nothing is told', async (what, path) => {
    const token = home().slice(1, -1);
    const wrong = path === '' ? `/${token.slice(0, -1)}/` : path.endsWith('=') ? path + token : path;
    const reply = await get(wrong);
    expect(reply.status, what).toBe(404);
    expect(reply.body).not.toContain(SECRET);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', '[::1]:80'])(
    'Host %j is refused: a name of another site can lead here',
    async (host) => {
      const reply = await get(home(), { host });
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.body).not.toContain(SECRET);
    },
  );

  test('localhost is the same host', async () => {
    expect((await get(home(), { host: `localhost:${server.port}` })).status).toBe(200);
  });

  test.each(['http://evil.example', 'null', 'https://127.0.0.1', 'http://127.0.0.1:1'])(
    'Origin %s is refused',
    async (origin) => {
      const reply = await get(`${home()}api/opening`, { origin });
      expect(reply.status).toBe(403);
      expect(reply.body).not.toContain(SECRET);
    },
  );

  test('its own origin is answered; requests that another site caused are not', async () => {
    const origin = `http://127.0.0.1:${server.port}`;
    expect((await get(`${home()}api/opening`, { origin })).status).toBe(200);
    expect((await get(home(), { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await get(home(), { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await get(home(), { 'sec-fetch-site': 'none' })).status).toBe(200);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
    const reply = await get(home(), {}, method);
    expect(reply.status).toBe(405);
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('the loopback interface alone is listened on', async () => {
    const outside = new Promise((resolve) => {
      // 127.0.0.2 is this host as well, but not the address that is listened on.
      const socket = connect({ host: '127.0.0.2', port: server.port });
      socket.on('connect', () => resolve('connected'));
      socket.on('error', () => resolve('refused'));
    });
    expect(await outside).toBe('refused');
  });
});

describe('what is answered', () => {
  test.each(['../package.json', '..%2fpackage.json', '%2e%2e/package.json', './', '/etc/passwd', 'index.html/..', '.'])(
    'no other file: %s',
    async (path) => {
      const reply = await get(home() + path);
      expect(reply.status).toBe(404);
      expect(reply.body).toBe('');
    },
  );

  test('nothing may be loaded from elsewhere, kept, or shown within another page', async () => {
    const { headers } = await get(home());
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test.each([
    'tile?recording=0&lanes=0&fromNs=0&toNs=1',
    'tile?recording=0&lanes=a&fromNs=0&toNs=1&resolutionNs=1',
    'tile?recording=-1&lanes=0&fromNs=0&toNs=1&resolutionNs=1',
    'tile?recording=0&lanes=0&fromNs=NaN&toNs=Infinity&resolutionNs=1',
    'heat?recording=0&lanes=&fromNs=0&toNs=1&columns=10&kind=__proto__',
    'episode?recording=0&lane=0&timeNs=1&step=2',
    'explanation',
    'constructor?recording=0',
  ])('a question that is none is refused: %s', async (question) => {
    const before = asked.length;
    expect((await get(`${home()}api/${question}`)).status).toBe(400);
    expect(asked).toHaveLength(before);
  });

  test('numbers arrive as numbers', () => {
    const parameters = new URLSearchParams('recording=1&lanes=0,12&fromNs=5&toNs=1e9&resolutionNs=0.5');
    expect(questionOf('tile', parameters)).toEqual({
      ask: 'tile',
      recording: 1,
      lanes: [0, 12],
      fromNs: 5,
      toNs: 1e9,
      resolutionNs: 0.5,
    });
  });

  test('tiles are bytes', async () => {
    const reply = await get(`${home()}api/tile?recording=0&lanes=0&fromNs=0&toNs=9&resolutionNs=1`);
    expect(reply.headers['content-type']).toBe('application/octet-stream');
    expect(reply.body).toBe('\u0001\u0002\u0003');
  });

  test('who goes away is not worked for any longer', async () => {
    const before = asked.length;
    const sent = request({ host: '127.0.0.1', port: server.port, path: `${home()}api/difference` });
    sent.on('error', () => {});
    sent.end();
    await expect.poll(() => asked.length, { interval: 5, timeout: 60_000 }).toBe(before + 1);
    sent.destroy();
    await abandoned;
  });
});

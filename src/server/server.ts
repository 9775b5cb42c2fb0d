/**
 * The local server of the page. It listens on the loopback interface only and answers nobody but the page that it served:
 * addresses begin with a random token; a name that another site made lead here (DNS rebinding) shows in Host; another site's
 * page shows in Origin and Sec-Fetch-Site. What it serves may load nothing from anywhere else.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from '../workspace/protocol.js';
import type { Backend } from './backend.js';
import type { PageFile } from './page-files.js';
import { questionOf } from './questions.js';

const LOOPBACK = '127.0.0.1';
const TOKEN_BYTES = 16;

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export interface RunningServer {
  /** With the token in it. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly backend: Backend;
}

/** @throws {Error} where the port is taken */
export async function startServer({ port, page, backend }: ServerOptions): Promise<RunningServer> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  let hosts: readonly string[] = [];
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const refusal = refusalOf(request, hosts);
    if (refusal !== undefined) {
      end(response, refusal);
      return;
    }
    const path = pathAfter(token, request.url ?? '');
    if (path === undefined) end(response, 404);
    else void answer(path, request, response, page, backend);
  });
  await listen(server, port);
  const { port: taken } = server.address() as AddressInfo;
  hosts = [`${LOOPBACK}:${taken}`, `localhost:${taken}`];
  return { url: `http://${LOOPBACK}:${taken}/${token}/`, port: taken, close: () => closed(server) };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The status of a refusal; undefined for a request that may be answered. */
function refusalOf({ method, headers }: IncomingMessage, hosts: readonly string[]): number | undefined {
  const { host = '', origin } = headers;
  if (!hosts.includes(host)) return 403;
  if (origin !== undefined && origin !== `http://${host}`) return 403;
  const site = headers['sec-fetch-site'];
  // "none": the user typed the address, or followed it from a terminal.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 403;
  return method === 'GET' || method === 'HEAD' ? undefined : 405;
}

/** The rest of an address that begins with the token, with its parameters; undefined for any other. */
function pathAfter(token: string, url: string): string | undefined {
  const [, first = '', rest] = /^\/([^/?#]*)\/([^#]*)/.exec(url) ?? [];
  return rest !== undefined && isSame(first, token) ? rest : undefined;
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function answer(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  page: ReadonlyMap<string, PageFile>,
  backend: Backend,
): Promise<void> {
  const [name = '', parameters = ''] = path.split('?', 2);
  if (!name.startsWith('api/')) {
    sendFile(response, page.get(name === '' ? 'index.html' : name));
    return;
  }
  const ask = name.slice('api/'.length);
  if (ask === 'opening') {
    sendText(response, 200, JSON.stringify(backend.opening()));
    return;
  }
  const question = questionOf(ask, new URLSearchParams(parameters));
  if (question === undefined) {
    sendText(response, 400, JSON.stringify({ code: 'wrong-question', message: 'This cannot be asked.' }));
    return;
  }
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  request.on('error', () => abort.abort());
  try {
    send(response, await backend.ask(question, abort.signal));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    sendText(response, 500, JSON.stringify({ code: 'unexpected', message }));
  }
}

function send(response: ServerResponse, answered: Answer): void {
  if (!answered.ok) sendText(response, 422, JSON.stringify(answered.issue));
  else if ('bytes' in answered) sendBytes(response, answered.bytes);
  else sendText(response, answered.text === '' ? 204 : 200, answered.text);
}

function sendFile(response: ServerResponse, file: PageFile | undefined): void {
  if (file === undefined) {
    end(response, 404);
    return;
  }
  response.setHeader('Content-Type', file.type);
  response.end(file.bytes);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(text);
}

function sendBytes(response: ServerResponse, bytes: Uint8Array): void {
  response.setHeader('Content-Type', 'application/octet-stream');
  response.end(bytes);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

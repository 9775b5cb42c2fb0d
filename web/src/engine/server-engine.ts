/** Asks the local server that served the page. */
import type { Opening } from '../../../src/server/backend.js';
import type { Answer, Question, Workspace } from '../../../src/workspace/protocol.js';
import { answeredBy, errorOf } from './answered.js';
import { type Engine, EngineError, type Progress } from './engine.js';

/** Between two looks at how far the server is, milliseconds. */
const LOOK_AGAIN_MS = 200;

/** undefined where no server served this page. */
export function serverEngine(): Engine | undefined {
  const mark = document.querySelector('meta[name="vmtoll-engine"]');
  if (mark?.getAttribute('content') !== 'server') return undefined;
  return {
    kind: 'server',
    open,
    ...answeredBy(ask),
    close: () => {},
  };
}

async function open(onProgress?: (progress: Progress) => void, signal?: AbortSignal): Promise<Workspace> {
  for (;;) {
    const response = await got('api/opening', signal);
    const opening = (await response.json()) as Opening;
    if (opening.state === 'ready') return opening.workspace;
    if (opening.state === 'failed') throw errorOf(opening.issue);
    onProgress?.(opening.progress);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function ask({ ask: what, ...parameters }: Question, signal?: AbortSignal): Promise<Answer> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const response = await got(`api/${what}?${search.toString()}`, signal);
  if (!response.ok) return { ok: false, issue: { severity: 'error', ...(await faultOf(response)) } };
  if (response.headers.get('Content-Type') === 'application/octet-stream') {
    return { ok: true, bytes: new Uint8Array(await response.arrayBuffer()) };
  }
  return { ok: true, text: await response.text() };
}

async function faultOf(response: Response): Promise<{ code: string; message: string; hint?: string }> {
  try {
    return (await response.json()) as { code: string; message: string; hint?: string };
  } catch {
    return { code: 'refused', message: `The server refused to answer (status ${response.status}).` };
  }
}

async function got(address: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, { ...(signal !== undefined && { signal }) });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new EngineError('server-gone', 'vmtoll does not answer any more.', 'Start vmtoll open again.');
  }
}

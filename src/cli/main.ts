/** The vmtoll command: the thread that decodes a large recording starts before the rest of the program. */
import { prepareDecoder } from '../node/decoder-thread.js';

/** What Node itself ends with where something is waited for that cannot come. */
const UNSETTLED = 13;

async function main(): Promise<void> {
  const [command, ...words] = process.argv.slice(2);
  if (['explain', 'check', 'diff'].includes(command ?? '')) prepareDecoder(words);
  const { run } = await import('./program.js');
  process.exitCode = UNSETTLED;
  process.once('exit', (code) => {
    if (code === UNSETTLED) process.stderr.write('vmtoll: ended without a result: what it waited for did not come\n');
  });
  await run();
  if (process.exitCode === UNSETTLED) process.exitCode = 0;
}

void main();

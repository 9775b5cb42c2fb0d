/** The vmtoll command: the thread that decodes a large recording starts before the rest of the program. */
import { prepareDecoder } from '../node/decoder-thread.js';

const [command, ...words] = process.argv.slice(2);
if (['explain', 'check', 'diff'].includes(command ?? '')) prepareDecoder(words);
void import('./program.js').then(({ run }) => run());

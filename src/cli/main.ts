#!/usr/bin/env node
/** The vmtoll command: the thread that decodes a large recording starts while the rest of the program is loaded. */
import { prepareDecoder } from '../node/decoder-thread.js';

const [command, ...words] = process.argv.slice(2);
if (['explain', 'check', 'diff'].includes(command ?? '')) prepareDecoder(words);
await import('./program.js');

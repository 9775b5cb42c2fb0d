// Runs a bundle, in a process or a thread of its own, and at the end keeps what V8 has compiled of it.
//
//   runner.cjs BUNDLE [WORD]...
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Bundle } from '../src/cli/start/cached-bundle.js';

const [name] = process.argv.splice(2, 1);
const bundle = new Bundle(resolve(`${name}.cjs`));
const script = bundle.compiled();
process.on('exit', () => writeFileSync(resolve(`${name}.cache`), bundle.cacheOf(script.createCachedData())));
bundle.run(script);

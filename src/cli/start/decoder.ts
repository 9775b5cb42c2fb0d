/** What is started as the decoding thread of the command. */
import { runBundle } from './cached-bundle.js';

runBundle('decoder');

/** The options of `vmtoll open` and `vmtoll export`: what to open, and how to read it. */
import type { Command } from 'commander';
import { addBenchmarkOptions } from './benchmark-flags.js';
import { addRecordingOptions } from './recording-flags.js';

export const addOpeningOptions = (command: Command): Command =>
  addBenchmarkOptions(addRecordingOptions(command)).option('--parts', 'all files are parts of one recording');

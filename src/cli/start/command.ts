#!/usr/bin/env node
/** What is started as `vmtoll`. */
import { runBundle } from './cached-bundle.js';

runBundle('vmtoll');

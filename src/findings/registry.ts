/** All rules, the specific before the general: a later one can see what those before it have found. */
import type { Rule } from './rule.js';
import { nothingToGain } from './rules/nothing-to-gain.js';
import { vcpusOutnumberPcpus } from './rules/vcpus-outnumber-pcpus.js';

export const RULES: readonly Rule[] = [vcpusOutnumberPcpus, nothingToGain];

/** All rules, the specific before the general: a later one can see what those before it have found. */
import type { Rule } from './rule.js';
import { hostInterruptsOnVcpus } from './rules/host-interrupts-on-vcpus.js';
import { hostThreadsTakePcpus } from './rules/host-threads-take-pcpus.js';
import { nothingToGain } from './rules/nothing-to-gain.js';
import { recorderTakesPcpus } from './rules/recorder-takes-pcpus.js';
import { registerPolling } from './rules/register-polling.js';
import { vcpusOutnumberPcpus } from './rules/vcpus-outnumber-pcpus.js';
import { vmmThreadsTakePcpus } from './rules/vmm-threads-take-pcpus.js';
import { weakRecording } from './rules/weak-recording.js';
import { worstStall } from './rules/worst-stall.js';

export const RULES: readonly Rule[] = [
  vcpusOutnumberPcpus,
  hostThreadsTakePcpus,
  recorderTakesPcpus,
  vmmThreadsTakePcpus,
  hostInterruptsOnVcpus,
  registerPolling,
  worstStall,
  weakRecording,
  nothingToGain,
];

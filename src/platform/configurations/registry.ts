/** All formats of machine configurations. */
import type { ConfigurationFormat } from './configuration-format.js';
import { qvmConfiguration } from './qvm/index.js';

export const CONFIGURATION_FORMATS: readonly ConfigurationFormat[] = [qvmConfiguration];

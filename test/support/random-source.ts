export { type RandomSource, randomSource } from '../../src/simulation/random-source.js';

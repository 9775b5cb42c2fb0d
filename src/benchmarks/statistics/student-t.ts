/** Student's t distribution for any number of degrees of freedom, whole or not. */
import { normalQuantile } from './normal.js';

/** From here on four terms of the series below are exact to the last digit. */
const SERIES_FROM = 25;
const MOST_TERMS = 10_000;
const MOST_STEPS = 200;
const PRECISION = 1e-15;
/** Each step doubles the digits: after a step this small the next would change nothing. */
const LAST_STEP = 1e-10;
const TINY = 1e-300;

/** ln(Γ(a + 1/2) / Γ(a)): asymptotic series (Tricomi and Erdélyi 1951), after climbing to large a by Γ(a + 1) = a Γ(a). */
function logGammaRatio(a: number): number {
  let climbed = 0;
  let large = a;
  for (; large < SERIES_FROM; large++) climbed += Math.log(large / (large + 0.5));
  const inverse = 1 / large;
  const square = inverse * inverse;
  const series = inverse * (-1 / 8 + square * (1 / 192 + square * (-1 / 640 + (square * 17) / 14336)));
  return climbed + 0.5 * Math.log(large) + series;
}

/** The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22); for x < (a+1)/(a+b+2). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return fraction;
}

const nonZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);

/** P(T > t) = I_x(ν/2, 1/2) / 2 with x = ν / (ν + t²), for t ≥ 0 (DLMF 8.17, Abramowitz and Stegun 26.7.1). */
function upperTail(t: number, degrees: number): number {
  const a = degrees / 2;
  const scaled = (t * t) / degrees;
  const x = 1 / (1 + scaled);
  const y = 1 / (1 + 1 / scaled);
  const factor = Math.exp(-a * Math.log1p(scaled) + 0.5 * Math.log(y) + logGammaRatio(a)) / Math.sqrt(Math.PI);
  if (x < (a + 1) / (a + 2.5)) return (factor * betaFraction(a, 0.5, x)) / degrees;
  return 0.5 - factor * betaFraction(0.5, a, y);
}

/** Of T at t. */
const density = (t: number, degrees: number): number =>
  Math.exp(logGammaRatio(degrees / 2) - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees)) /
  Math.sqrt(Math.PI * degrees);

/** P(T ≤ t). */
export const studentCdf = (t: number, degrees: number): number =>
  t < 0 ? upperTail(-t, degrees) : 1 - upperTail(t, degrees);

/**
 * The t with P(T ≤ t) = p: Newton's method. The tail is convex and the normal quantile lies before the answer, so every
 * step goes towards it and none beyond.
 * @param p between 0 and 1
 * @param degrees of freedom, above 0
 */
export function studentQuantile(p: number, degrees: number): number {
  if (p < 0.5) return -quantileOfTail(p, degrees);
  return quantileOfTail(1 - p, degrees);
}

function quantileOfTail(tail: number, degrees: number): number {
  if (tail === 0.5) return 0;
  let t = -normalQuantile(tail);
  for (let step = 0; step < MOST_STEPS; step++) {
    const change = (upperTail(t, degrees) - tail) / density(t, degrees);
    t += change;
    if (Math.abs(change) <= LAST_STEP * t) break;
  }
  return t;
}

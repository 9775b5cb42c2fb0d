/** The standard normal distribution, to about 1e-14 without tables of coefficients. */

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
/** From here on the continued fraction needs fewer terms than the series. */
const FRACTION_FROM = 3;
const FRACTION_TERMS = 50;
const MOST_STEPS = 50;
/** Each step doubles the digits: after a step this small the next would change nothing. */
const LAST_STEP = 1e-10;

const density = (x: number): number => Math.exp(-0.5 * x * x) / ROOT_TWO_PI;

/** Φ(x) − 1/2 = φ(x) · (x + x³/3 + x⁵/(3·5) + …), Abramowitz and Stegun 26.2.11. */
function centralArea(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > Math.abs(sum) * 1e-17; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return sum * density(x);
}

/** 1 − Φ(x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))), Abramowitz and Stegun 26.2.14; for large positive x. */
function farTail(x: number): number {
  let denominator = x;
  for (let term = FRACTION_TERMS; term >= 1; term--) denominator = x + term / denominator;
  return density(x) / denominator;
}

/** P(Z ≤ x); small values are relatively exact, down to the smallest numbers there are. */
export function normalCdf(x: number): number {
  if (x <= -FRACTION_FROM) return farTail(-x);
  if (x >= FRACTION_FROM) return 1 - farTail(x);
  return 0.5 + centralArea(x);
}

/**
 * The x with P(Z ≤ x) = p: Newton's method on the logarithm of the tail, which is nearly a parabola.
 * @param p from 0 to 1 (−∞ and ∞ there)
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0.5) return 0;
  if (!(p > 0)) return p === 0 ? -Infinity : Number.NaN;
  let x = -Math.sqrt(-2 * Math.log(2 * p));
  for (let step = 0; step < MOST_STEPS; step++) {
    const tail = normalCdf(x);
    const change = ((Math.log(tail) - Math.log(p)) * tail) / density(x);
    x -= change;
    if (Math.abs(change) <= LAST_STEP * Math.abs(x)) break;
  }
  return x;
}

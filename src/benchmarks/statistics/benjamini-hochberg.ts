/**
 * The q of every p by Benjamini and Hochberg (1995), as R's `p.adjust(method = 'BH')`: of m tests the i-th smallest p has
 * q = min over j ≥ i of m·p(j) / j, at most 1. Calling all with q ≤ f positive makes at most the share f of the calls wrong
 * on average, if the tests are independent or positively dependent (Benjamini and Yekutieli 2001), as metrics of one run are.
 */
export function adjustedForMany(pValues: readonly number[]): number[] {
  const falling = pValues.map((_, index) => index).sort((a, b) => pValues[b] - pValues[a]);
  const adjusted = Array.from(pValues);
  let least = 1;
  falling.forEach((index, position) => {
    least = Math.min(least, (pValues[index] * pValues.length) / (pValues.length - position));
    adjusted[index] = least;
  });
  return adjusted;
}

/**
 * For each test: the largest p at which it would be called positive, all others as they are. At least rate / (number of
 * tests), which is what a test needs if no other is positive.
 * @param rate the false discovery rate
 */
export function neededP(pValues: readonly number[], rate: number): (p: number) => number {
  const rising = Float64Array.from(pValues).sort();
  const tests = rising.length;
  // Thresholds under which exactly one test is missing for all under them to be positive, from the largest down.
  const oneShort: number[] = [];
  let positive = 0;
  let under = tests;
  for (let place = tests; place >= 1; place--) {
    const threshold = (rate * place) / tests;
    while (under > 0 && rising[under - 1] > threshold) under--;
    if (under === place - 1) oneShort.push(threshold);
    if (under < place) continue;
    positive = threshold;
    break;
  }
  // A test that is under the threshold already is not the one that is missing.
  return (p) => (p <= positive ? positive : (oneShort.find((threshold) => threshold < p) ?? rate / tests));
}

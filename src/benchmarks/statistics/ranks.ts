/** Twice the rank of every value, tied values sharing the mean of their ranks: always whole. */
export function doubledMidranks(values: ArrayLike<number>): Int32Array {
  const order = Uint32Array.from(values, (_, index) => index).sort((a, b) => values[a] - values[b]);
  const ranks = new Int32Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let index = start; index < end; index++) ranks[order[index]] = start + end + 1;
    start = end;
  }
  return ranks;
}

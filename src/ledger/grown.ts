/** Room for more: `larger`, which begins with what `old` holds. */
export function grown<A extends Float64Array | Int32Array | Uint32Array | Uint8Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

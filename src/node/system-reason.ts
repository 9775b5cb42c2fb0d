/** Why the system refused something, in its own words without its code and the path: "no such file or directory". */
export function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return /^[A-Z][A-Z0-9]*: ([^,]+)/.exec(reason)?.[1] ?? reason;
}

/** Which members an object of JSON has, without parsing all of it: its end may be missing. */

/** Members are few, and come early. */
const HEAD = 64 * 1024;

const TOKEN = /"(?:[^"\\]*(?:\\.[^"\\]*)*)"|[{}[\]:]/gs;

/** Names of the members of the object that the text begins with; none where it begins otherwise. */
export function topLevelNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  if (!/^\s*\{/.test(text)) return names;
  let depth = 0;
  let before = '';
  for (const [token] of text.slice(0, HEAD).matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === ':' && depth === 1 && before.startsWith('"')) names.add(before.slice(1, -1));
    before = token;
  }
  return names;
}

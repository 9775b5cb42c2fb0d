/** Names from files, as messages show them. */

/** Characters; names with the parameters of a benchmark have about a hundred. */
const LONGEST = 160;
/** Of a name that is cut so many characters of its end are shown, where parameters stand. */
const SHOWN_OF_END = 40;

/** All of the name, or its beginning and its end with an ellipsis for what is between. */
export function shortName(name: string): string {
  if (name.length <= LONGEST) return name;
  return `${name.slice(0, LONGEST - 1 - SHOWN_OF_END)}…${name.slice(-SHOWN_OF_END)}`;
}

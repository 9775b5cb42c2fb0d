/** How wide text is, so that labels are cut before they touch anything. */

const context = document.createElement('canvas').getContext('2d');
const widths = new Map<string, number>();
/** Texts whose widths are remembered. */
const REMEMBERED = 5000;

export function textWidth(text: string, sizePx: number, weight = 400): number {
  const key = `${sizePx} ${weight} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (context === null) return text.length * sizePx * 0.6;
  context.font = `${weight} ${sizePx}px ${getComputedStyle(document.body).fontFamily}`;
  const { width } = context.measureText(text);
  if (widths.size >= REMEMBERED) widths.clear();
  widths.set(key, width);
  return width;
}

/** As much of it as fits, with "…"; '' where not even three characters do. */
export function fitted(text: string, roomPx: number, sizePx: number, weight = 400): string {
  if (textWidth(text, sizePx, weight) <= roomPx) return text;
  let [least, most] = [0, text.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (textWidth(`${text.slice(0, middle)}…`, sizePx, weight) <= roomPx) least = middle;
    else most = middle - 1;
  }
  return least < 3 ? '' : `${text.slice(0, least)}…`;
}

/** Pixels of a rem, which the user may have made larger. */
export const remPx = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 14;

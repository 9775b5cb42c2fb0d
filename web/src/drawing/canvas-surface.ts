/** A surface that is a canvas, as sharp as the screen is. */
import { FONT_FAMILY, type LineStyle, type Surface, TEXT_SIZE, type TextStyle } from './surface.js';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Widths of texts that were measured; forgotten altogether when there are too many. */
const MOST_WIDTHS = 4096;

export class CanvasSurface implements Surface {
  readonly context: Context;
  readonly #widths = new Map<string, number>();
  #width = 0;
  #height = 0;
  #scale = 1;
  #scratch: OffscreenCanvas | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  /** Device pixels per CSS pixel. */
  get scale(): number {
    return this.#scale;
  }

  /** Makes the canvas so large; it is empty afterwards. @returns whether anything changed */
  resize(width: number, height: number, scale: number): boolean {
    if (width === this.#width && height === this.#height && scale === this.#scale) return false;
    [this.#width, this.#height, this.#scale] = [width, height, scale];
    this.context.canvas.width = Math.max(1, Math.round(width * scale));
    this.context.canvas.height = Math.max(1, Math.round(height * scale));
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    return true;
  }

  clear(): void {
    this.context.clearRect(0, 0, this.#width, this.#height);
  }

  rect(x: number, y: number, width: number, height: number, colour: string, opacity = 1): void {
    this.context.globalAlpha = opacity;
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
  }

  outline(x: number, y: number, width: number, height: number, style: LineStyle): void {
    this.#stroke(style);
    this.context.strokeRect(x, y, width, height);
  }

  line(points: readonly number[], style: LineStyle): void {
    this.#stroke(style);
    this.#path(points);
    this.context.stroke();
  }

  polygon(points: readonly number[], colour: string): void {
    this.context.fillStyle = colour;
    this.#path(points);
    this.context.fill();
  }

  text(
    text: string,
    x: number,
    y: number,
    { colour, size = TEXT_SIZE, weight = 400, anchor = 'start' }: TextStyle,
  ): void {
    this.#font(size, weight);
    this.context.fillStyle = colour;
    this.context.textAlign = anchor === 'middle' ? 'center' : anchor;
    this.context.fillText(text, x, y);
  }

  textWidth(text: string, size = TEXT_SIZE): number {
    const key = `${size}/${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    this.#font(size, 400);
    const { width } = this.context.measureText(text);
    if (this.#widths.size >= MOST_WIDTHS) this.#widths.clear();
    this.#widths.set(key, width);
    return width;
  }

  image(pixels: Uint32Array, columns: number, rows: number, x: number, y: number, width: number, height: number): void {
    const data = new ImageData(
      new Uint8ClampedArray(pixels.buffer as ArrayBuffer, pixels.byteOffset, columns * rows * 4),
      columns,
      rows,
    );
    const [left, top] = [x * this.#scale, y * this.#scale];
    const isPixelForPixel = columns === width * this.#scale && rows === height * this.#scale;
    if (isPixelForPixel && Number.isInteger(left) && Number.isInteger(top)) {
      this.context.putImageData(data, left, top);
      return;
    }
    this.#scratch ??= new OffscreenCanvas(1, 1);
    this.#scratch.width = columns;
    this.#scratch.height = rows;
    this.#scratch.getContext('2d')!.putImageData(data, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.#scratch, x, y, width, height);
  }

  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, y, width, height);
    this.context.clip();
    draw();
    this.context.restore();
  }

  #font(size: number, weight: number): void {
    this.context.font = `${weight} ${size}px ${FONT_FAMILY}`;
  }

  #stroke({ colour, width = 1, dash = [] }: LineStyle): void {
    this.context.strokeStyle = colour;
    this.context.lineWidth = width;
    this.context.setLineDash([...dash]);
  }

  #path(points: readonly number[]): void {
    this.context.beginPath();
    for (let i = 0; i < points.length; i += 2) this.context.lineTo(points[i], points[i + 1]);
  }
}

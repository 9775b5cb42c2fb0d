/** Pictures as files. What draws does not know on what. */
import { CanvasSurface } from './canvas-surface.js';
import type { Surface } from './surface.js';
import { SvgSurface } from './svg-surface.js';

export type Drawing = (surface: Surface) => void;

/** @param scale device pixels per pixel */
export function pngOf(draw: Drawing, width: number, height: number, scale: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(1, 1);
  const surface = new CanvasSurface(canvas.getContext('2d')!);
  surface.resize(width, height, scale);
  draw(surface);
  return canvas.convertToBlob({ type: 'image/png' });
}

export function svgOf(draw: Drawing, width: number, height: number, title: string): Blob {
  // A document without a screen cannot measure text: a canvas that nobody sees does.
  const measure = new CanvasSurface(new OffscreenCanvas(1, 1).getContext('2d')!);
  const surface = new SvgSurface(width, height, (text, size) => measure.textWidth(text, size));
  draw(surface);
  return new Blob([surface.document(title)], { type: 'image/svg+xml' });
}

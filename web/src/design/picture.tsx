/** Pictures are SVG as wide as there is room, and can be saved as SVG or PNG in the colours that are shown. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface PictureProps {
  /** In the name of the file. */
  readonly name: string;
  /** What is to be seen, one sentence for those who do not see it. */
  readonly label: string;
  readonly draw: (width: number) => { readonly height: number; readonly content: ComponentChildren };
  /** Below it, in the picture's place for words. */
  readonly children?: ComponentChildren;
}

/** Narrower pictures are scrolled. */
const LEAST_WIDTH = 280;

export function Picture({ name, label, draw, children }: PictureProps) {
  const frame = useRef<HTMLElement>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = () => {
      width.value = Math.max(LEAST_WIDTH, Math.floor(element.clientWidth));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const drawn = width.value > 0 ? draw(width.value) : undefined;
  const svg = () => frame.current!.querySelector<SVGSVGElement>('svg')!;
  return (
    <figure class="picture" ref={frame}>
      {drawn !== undefined && (
        <svg
          role="group"
          aria-label={label}
          width={width.value}
          height={drawn.height}
          viewBox={`0 0 ${width.value} ${drawn.height}`}
        >
          {drawn.content}
        </svg>
      )}
      <div class="picture-tools">
        {children}
        <span class="spring" />
        <button type="button" class="plain" aria-label={`Save as SVG: ${label}`} onClick={() => saveSvg(svg(), name)}>
          SVG
        </button>
        <button type="button" class="plain" aria-label={`Save as PNG: ${label}`} onClick={() => savePng(svg(), name)}>
          PNG
        </button>
      </div>
    </figure>
  );
}

const INHERITED = ['fill', 'stroke', 'opacity', 'font-size', 'font-family', 'font-weight', 'text-anchor'] as const;
/** Pixels of a PNG per CSS pixel. */
const SHARPNESS = 2;

function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll('*');
  copy.querySelectorAll('*').forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    for (const property of INHERITED) element.setAttribute(property, style.getPropertyValue(property));
    element.removeAttribute('class');
    element.removeAttribute('tabindex');
  });
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  background.setAttribute('width', '100%');
  background.setAttribute('height', '100%');
  background.setAttribute('fill', getComputedStyle(document.documentElement).getPropertyValue('--surface'));
  copy.prepend(background);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return new XMLSerializer().serializeToString(copy);
}

function saveSvg(svg: SVGSVGElement, name: string): void {
  save(new Blob([standalone(svg)], { type: 'image/svg+xml' }), `${name}.svg`);
}

function savePng(svg: SVGSVGElement, name: string): void {
  const image = new Image();
  const { width, height } = svg.getBoundingClientRect();
  image.addEventListener('load', () => {
    const canvas = document.createElement('canvas');
    canvas.width = width * SHARPNESS;
    canvas.height = height * SHARPNESS;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      if (blob !== null) save(blob, `${name}.png`);
    });
  });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `vmtoll-${name}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The timeline as a file: all lanes that are in view, with a title and what the colours mean. */
import { save } from '../../design/picture.jsx';
import { formatTime } from '../../design/text.js';
import { pngOf, svgOf } from '../../drawing/save.js';
import { lengthOf } from '../../drawing/span.js';
import { PartSurface, type Surface } from '../../drawing/surface.js';
import { clockText } from '../../drawing/time-axis.js';
import type { TimelineController } from './controller.js';
import { legendPicture } from './legend-picture.js';
import { drawScene, type Scene } from './picture.js';

const MARGIN = 12;
const TITLE_HEIGHT = 32;

export async function savePicture(controller: TimelineController, format: 'svg' | 'png'): Promise<void> {
  const { scene, surface } = controller.stage;
  if (scene === undefined) return;
  const width = surface.width;
  const last = scene.rows[scene.rows.length - 1];
  const used =
    last === undefined ? surface.height : Math.min(surface.height, 30 + last.y + last.height - scene.scrollY);
  const legend = legendPicture(surface, scene.colours, scene.info, width - 2 * MARGIN);
  const head = TITLE_HEIGHT + legend.height + 6;
  const title = titleOf(scene);
  const draw = (target: Surface): void => {
    const { surfaces } = scene.colours;
    target.rect(0, 0, target.width, target.height, surfaces.surface);
    target.text(title, MARGIN, 20, { colour: surfaces.text, weight: 600, size: 13 });
    legend.draw(target, MARGIN, TITLE_HEIGHT);
    drawScene(new PartSurface(target, 0, head, width, used), { ...scene, focused: undefined });
  };
  const height = head + used;
  const made = format === 'svg' ? svgOf(draw, width, height, title) : await pngOf(draw, width, height, scene.scale);
  save(made, `timeline.${format}`);
}

const titleOf = ({ span }: Scene): string =>
  `${formatTime(lengthOf(span))} from ${clockText(Math.floor(span.fromNs))} after the start of the recording`;

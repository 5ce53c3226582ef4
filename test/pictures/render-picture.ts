/** Pictures of a terminal: the cells of a headless xterm as SVG, the SVG as PNG. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import type xterm from '@xterm/headless';

const require = createRequire(import.meta.url);
const FONTS = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
const CELL_WIDTH = 9.03;
const CELL_HEIGHT = 19;
const FONT_SIZE = 15;
const MARGIN = 8;
const BACKGROUND = '#16161e';
const FOREGROUND = '#c0caf5';

const BASE_COLORS = [
  '#15161e', '#f7768e', '#9ece6a', '#e0af68', '#7aa2f7', '#bb9af7', '#7dcfff', '#a9b1d6',
  '#414868', '#f7768e', '#9ece6a', '#e0af68', '#7aa2f7', '#bb9af7', '#7dcfff', '#c0caf5',
]; // prettier-ignore

/** xterm's palette: 16 base colours, a 6×6×6 cube, 24 greys. */
function paletteColor(index: number): string {
  if (index < 16) return BASE_COLORS[index]!;
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  if (index >= 232) {
    const grey = hex(8 + (index - 232) * 10);
    return `#${grey}${grey}${grey}`;
  }
  const step = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return `#${hex(step(Math.floor(cube / 36)))}${hex(step(Math.floor(cube / 6) % 6))}${hex(step(cube % 6))}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

type Terminal = InstanceType<typeof xterm.Terminal>;

/** One SVG text or rectangle for each cell that is not blank: exact places, whatever the font's widths. */
export function renderSvg(terminal: Terminal): string {
  const parts: string[] = [];
  const { active } = terminal.buffer;
  for (let row = 0; row < terminal.rows; row++) {
    const line = active.getLine(active.viewportY + row);
    for (let column = 0; line && column < terminal.cols; column++) {
      const cell = line.getCell(column);
      if (!cell || cell.getWidth() === 0) continue;
      let fg = cell.isFgDefault() ? FOREGROUND : paletteColor(cell.getFgColor());
      let bg = cell.isBgDefault() ? BACKGROUND : paletteColor(cell.getBgColor());
      if (cell.isInverse()) [fg, bg] = [bg, fg];
      const x = MARGIN + column * CELL_WIDTH;
      const y = MARGIN + row * CELL_HEIGHT;
      if (bg !== BACKGROUND) {
        parts.push(
          `<rect x="${x.toFixed(2)}" y="${y}" width="${(CELL_WIDTH * cell.getWidth() + 0.3).toFixed(2)}" height="${CELL_HEIGHT}" fill="${bg}"/>`,
        );
      }
      const text = cell.getChars();
      if (text.trim() === '') continue;
      const weight = cell.isBold() ? ' font-weight="bold"' : '';
      parts.push(`<text x="${x.toFixed(2)}" y="${y + 14.5}" fill="${fg}"${weight}>${escapeXml(text)}</text>`);
    }
  }
  const width = Math.ceil(terminal.cols * CELL_WIDTH + 2 * MARGIN);
  const height = terminal.rows * CELL_HEIGHT + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans Mono" font-size="${FONT_SIZE}"><rect width="100%" height="100%" fill="${BACKGROUND}"/>${parts.join('')}</svg>`;
}

export function renderPng(terminal: Terminal): Buffer {
  const resvg = new Resvg(renderSvg(terminal), {
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'].map((name) => join(FONTS, name)),
      defaultFontFamily: 'DejaVu Sans Mono',
    },
  });
  return resvg.render().asPng();
}

/** History of the overview band, by blessed-contrib's sparkline: loaded only on terminals that have room. */
import { createRequire } from 'node:module';
import type { BlessedScreen } from './canvas.js';

const require = createRequire(import.meta.url);

interface SparklineWidget {
  left: number;
  top: number;
  width: number;
  hidden: boolean;
  show: () => void;
  hide: () => void;
  setData: (titles: string[], series: number[][]) => void;
  detach: () => void;
  position: { left: number; top: number; width: number };
}

const WIDTH = 30;
const HEIGHT = 5;

export class Sparklines {
  private readonly widget: SparklineWidget | null;

  constructor(screen: BlessedScreen, ascii: boolean) {
    this.widget = ascii ? null : createWidget(screen);
  }

  place(left: number, top: number, visible: boolean): void {
    if (!this.widget) return;
    this.widget.position.left = left;
    this.widget.position.top = top;
    if (visible) this.widget.show();
    else this.widget.hide();
  }

  update({ namespaces, changes }: { namespaces: number[]; changes: number[] }): void {
    const window = (list: number[]): number[] => list.slice(-(WIDTH - 4));
    this.widget?.setData(['namespaces', 'changes'], [window(namespaces), window(changes)]);
  }

  hide(): void {
    this.widget?.hide();
  }

  dispose(): void {
    this.widget?.detach();
  }
}

function createWidget(screen: BlessedScreen): SparklineWidget {
  const createSparkline = require('blessed-contrib/lib/widget/sparkline') as (
    options: object,
  ) => SparklineWidget;
  const widget = createSparkline({
    width: WIDTH,
    height: HEIGHT,
    left: 0,
    top: 0,
    tags: true,
    style: { fg: 'cyan', titleFg: 'white' },
  });
  screen.append(widget);
  return widget;
}

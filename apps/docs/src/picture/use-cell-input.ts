import type { PictureShape } from './tensor-picture';

interface CellInput {
  readonly shape: () => PictureShape;
  readonly chosen: () => number;
  readonly choose: (index: number) => void;
  readonly change: (by: number) => void;
}

const STEP = 0.1;
/** How far one pixel of dragging moves a value. */
const PER_PIXEL = 0.05;

/** Keys and pointer on the cells: arrows move, plus and minus change, dragging up and down changes. */
export function cellInput({ shape, chosen, choose, change }: CellInput) {
  let lastY: number | null = null;

  function onKeydown(event: KeyboardEvent): void {
    const { batch, channels, positions } = shape();
    const size = batch * channels * positions;
    const moves: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: positions,
      ArrowUp: -positions,
      PageDown: positions * channels,
      PageUp: -positions * channels,
    };
    const changes: Record<string, number> = { '+': STEP, '=': STEP, '-': -STEP, '−': -STEP };
    if (event.key in moves) {
      const to = chosen() + moves[event.key];
      if (to >= 0 && to < size) choose(to);
    } else if (event.key in changes) {
      change(changes[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  }

  function onPointerdown(event: PointerEvent, index: number): void {
    choose(index);
    lastY = event.clientY;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  }

  function onPointermove(event: PointerEvent): void {
    if (lastY === null) return;
    change((lastY - event.clientY) * PER_PIXEL);
    lastY = event.clientY;
  }

  function onPointerup(): void {
    lastY = null;
  }

  return { onKeydown, onPointerdown, onPointermove, onPointerup };
}

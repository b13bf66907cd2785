import { type Component, defineComponent, h, onBeforeUnmount, onMounted, ref, shallowRef } from 'vue';
import { useText } from '../text/use-text';

/** How high a widget is, in px, as measured: on a phone of 390 px, and on a screen of 1280. */
export interface Room {
  readonly narrow: number;
  readonly wide: number;
  /** Where its words in Chinese take less. */
  readonly zh?: Omit<Room, 'zh'>;
}

/**
 * A widget that is fetched when it is about to be seen. Before and after, it is a box of some height, so that what follows stays
 * where it is.
 *
 * @param room the height of the box, or of the widget that has these attributes.
 */
export function lazyWidget(
  load: () => Promise<{ default: Component }>,
  room: Room | ((attributes: Readonly<Record<string, unknown>>) => Room),
): Component {
  return defineComponent({
    inheritAttrs: false,
    setup(_props, { attrs }) {
      const widget = shallowRef<Component>();
      const place = ref<HTMLElement>();
      const own = typeof room === 'function' ? room(attrs) : room;
      const { narrow, wide } = useText({ en: own, zh: own.zh ?? own }).value;
      const style = `--narrow: ${narrow}px; --wide: ${wide}px`;
      let observer: IntersectionObserver | undefined;
      onMounted(() => {
        observer = new IntersectionObserver(
          async (entries) => {
            if (!entries.some((entry) => entry.isIntersecting)) return;
            observer?.disconnect();
            widget.value = (await load()).default;
          },
          { rootMargin: '400px' },
        );
        if (place.value) observer.observe(place.value);
      });
      onBeforeUnmount(() => observer?.disconnect());
      return () =>
        h(
          'div',
          { ref: place, style, class: widget.value ? 'widget' : 'widget widget-waiting' },
          widget.value ? [h(widget.value, attrs)] : [],
        );
    },
  });
}

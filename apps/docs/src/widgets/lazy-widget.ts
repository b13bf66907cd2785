import { type Component, defineComponent, h, onBeforeUnmount, onMounted, ref, shallowRef } from 'vue';

/**
 * A widget that is fetched when it is about to be seen. Until then, and in the built page, it is a box of some height,
 * so that what follows jumps little.
 *
 * @param height what the box keeps free: `tall` for a widget that fills a screen, `short` for one of some lines.
 */
export function lazyWidget(
  load: () => Promise<{ default: Component }>,
  height: 'tall' | 'short' = 'tall',
): Component {
  return defineComponent({
    inheritAttrs: false,
    setup(_props, { attrs }) {
      const widget = shallowRef<Component>();
      const place = ref<HTMLElement>();
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
          { ref: place, class: widget.value ? 'widget' : `widget widget-waiting ${height}` },
          widget.value ? [h(widget.value, attrs)] : [],
        );
    },
  });
}

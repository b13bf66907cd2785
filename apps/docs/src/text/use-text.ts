import { useData } from 'vitepress';
import { type ComputedRef, computed } from 'vue';

/** The words of a widget in the language of the page. */
export function useText<T>(texts: { readonly en: T; readonly zh: T }): ComputedRef<T> {
  const { lang } = useData();
  return computed(() => (lang.value.startsWith('zh') ? texts.zh : texts.en));
}

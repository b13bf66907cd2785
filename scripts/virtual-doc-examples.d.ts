declare module 'virtual:doc-examples' {
  const examples: Record<string, () => Promise<unknown>>;
  export default examples;
}

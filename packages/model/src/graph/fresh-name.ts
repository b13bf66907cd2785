/** A name that is not among `names`: the wish, or the wish with the first number that is free. It is added to them. */
export function freshName(names: Set<string>, wish: string): string {
  let name = wish;
  for (let i = 1; names.has(name); i++) name = `${wish}_${i}`;
  names.add(name);
  return name;
}

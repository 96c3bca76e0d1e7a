/**
 * A text with a marked section replaced; everything else is unchanged. The section begins with `<!-- name -->` and ends
 * with `<!-- /name -->`, or with the same mark once more.
 * @returns `undefined` if there is no such section
 */
export function withSection(text: string, name: string, content: string): string | undefined {
  const open = `<!-- ${name} -->`;
  const from = text.indexOf(open) + open.length;
  const closing = text.indexOf(`<!-- /${name} -->`, from);
  const to = closing < 0 ? text.indexOf(open, from) : closing;
  if (from < open.length || to < 0) return undefined;
  return `${text.slice(0, from)}\n\n${content.trim()}\n\n${text.slice(to)}`;
}

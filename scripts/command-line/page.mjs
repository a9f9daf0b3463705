// A page with parts that are made: each between `<!-- name -->` and `<!-- end -->`.
const PART = /(?<=^<!-- (?!end )(?<name>[a-z: -]+) -->\n).*?(?=^<!-- end -->$)/gms

/** The names of the parts. */
export const partsOf = (text) => [...text.matchAll(PART)].map(({ groups }) => groups.name)

/** The page with some of its parts made anew. */
export const fill = (text, parts) =>
  text.replace(PART, (former, name) => (parts.has(name) ? `\n${parts.get(name)}\n\n` : former))

/** Words of a help text as Markdown: what is typed as code, and nothing that a page takes for HTML. */
export const words = (text) =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(
      /'[^']*[#[{][^']*'|(?<![\w-])--[a-z][a-z-]+|\$?\bALLIGATOR_[A-Z]+|\balligator [a-z]+\b/g,
      '`$&`',
    )

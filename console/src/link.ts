import { type DefinitionNode, type DocumentNode, Kind, parse, print, visit } from "graphql";

/**
 * The question that a link to this page brings along, behind the #, as the console writes it. It is taken out of the
 * address, so that a reload shows what was typed since and not the link again.
 */
export function linked(): { initialQuery: string; initialVariables: string } | undefined {
  const link = new URLSearchParams(location.hash.slice(1));
  const query = link.get("query");
  if (!query) return undefined;
  history.replaceState(null, "", location.pathname);
  return { initialQuery: pretty(query), initialVariables: indented(link.get("variables") ?? "{}") };
}

function pretty(query: string): string {
  try {
    const { kind, definitions } = withoutTypenames(parse(query));
    // The operation before its fragments: it says what the rest is for.
    return print({ kind, definitions: [...definitions].sort((a, b) => Number(isFragment(a)) - Number(isFragment(b))) });
  } catch {
    return query; // whoever wrote the link may want to mend it
  }
}

function isFragment({ kind }: DefinitionNode): boolean {
  return kind === Kind.FRAGMENT_DEFINITION;
}

// What the console's cache needs of every object is noise to a reader.
function withoutTypenames(document: DocumentNode): DocumentNode {
  return visit(document, { Field: (field) => (field.name.value === "__typename" ? null : undefined) });
}

function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

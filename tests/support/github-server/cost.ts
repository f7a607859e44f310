import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";

/**
 * What GitHub charges for a query: the requests that it takes to fill every connection when each
 * is as full as asked for, by hundreds, rounded, at least one point (docs.github.com, "Rate limits
 * and query limits for the GraphQL API").
 */
export function costOf(document: DocumentNode, variables: Record<string, unknown>): number {
  return Math.max(1, Math.round(requestsOf(document, variables) / 100));
}

/** The sum before it is divided. */
export function requestsOf(document: DocumentNode, variables: Record<string, unknown>): number {
  const fragments = new Map(
    document.definitions
      .filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node): [string, FragmentDefinitionNode] => [node.name.value, node]),
  );
  let requests = 0;
  const walk = (set: SelectionSetNode | undefined, times: number): void => {
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        walk(fragments.get(node.name.value)?.selectionSet, times);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        walk(node.selectionSet, times);
      } else {
        const size = pageSize(node, variables);
        if (size !== undefined) requests += times;
        walk(node.selectionSet, times * (size ?? 1));
      }
    }
  };
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) walk(node.selectionSet, 1);
  }
  return requests;
}

function pageSize(node: FieldNode, variables: Record<string, unknown>): number | undefined {
  const found = node.arguments?.find(({ name }) => name.value === "first" || name.value === "last");
  return found && numberOf(found.value, variables);
}

function numberOf(value: ValueNode, variables: Record<string, unknown>): number {
  if (value.kind === Kind.INT) return Number(value.value);
  return value.kind === Kind.VARIABLE ? Number(variables[value.name.value]) : Number.NaN;
}

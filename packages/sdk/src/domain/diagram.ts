/** The form of a node of a diagram. */
export type DiagramShape = 'start' | 'end' | 'step' | 'call' | 'choice' | 'fork' | 'pause' | 'person';

/** A node of a diagram. */
export interface DiagramNode {
  readonly id: string;
  readonly label: string;
  readonly shape: DiagramShape;
  /** Id of the group it is drawn in. Default: none. */
  readonly group?: string;
}

/** An arrow of a diagram. */
export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Drawn as a broken line. Default false. */
  readonly dashed?: boolean;
}

/** A frame around nodes, and around other groups. */
export interface DiagramGroup {
  readonly id: string;
  readonly label: string;
  /** Id of the group it is drawn in. Default: none. */
  readonly group?: string;
}

/** A diagram, before it is written in the language of some tool. */
export interface Diagram {
  readonly title: string;
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
  readonly groups?: readonly DiagramGroup[];
}

/** What stands before and after the label of a node in Mermaid. */
const mermaidShapes: Readonly<Record<DiagramShape, readonly [string, string]>> = {
  start: ['((', '))'],
  end: ['(((', ')))'],
  step: ['(', ')'],
  call: ['[[', ']]'],
  choice: ['{', '}'],
  fork: ['{{', '}}'],
  pause: ['([', '])'],
  person: ['[/', '/]'],
};

const graphvizShapes: Readonly<Record<DiagramShape, string>> = {
  start: 'circle',
  end: 'doublecircle',
  step: 'box, style=rounded',
  call: 'box, peripheries=2',
  choice: 'diamond',
  fork: 'hexagon',
  pause: 'oval',
  person: 'parallelogram',
};

/** A diagram in the language of Mermaid. Any text may be in its labels. */
export function toMermaid(diagram: Diagram): string {
  const names = namesIn(diagram);
  const nodeLine = ({ id, label, shape }: DiagramNode): string => {
    const [open, close] = mermaidShapes[shape];
    return `${names.get(id)}${open}"${mermaidText(label)}"${close}`;
  };
  const edges = diagram.edges.map(({ from, to, label, dashed }) => {
    const arrow = dashed ? '-.->' : '-->';
    const text = label === undefined ? '' : `|"${mermaidText(label)}"|`;
    return `  ${names.get(from)} ${arrow}${text} ${names.get(to)}`;
  });
  const body = grouped(diagram, nodeLine, ({ id, label }) => [
    `subgraph ${names.get(id)}["${mermaidText(label)}"]`,
    'end',
  ]);
  return [
    '---',
    `title: ${JSON.stringify(diagram.title)}`,
    '---',
    'flowchart TD',
    ...body,
    ...edges,
    '',
  ].join('\n');
}

/** A diagram in the language of Graphviz. Any text may be in its labels. */
export function toGraphviz(diagram: Diagram): string {
  const names = namesIn(diagram);
  const nodeLine = ({ id, label, shape }: DiagramNode): string =>
    `${names.get(id)} [label=${graphvizText(label)}, shape=${graphvizShapes[shape]}];`;
  const edges = diagram.edges.map(({ from, to, label, dashed }) => {
    const marks = [
      ...(label === undefined ? [] : [`label=${graphvizText(label)}`]),
      ...(dashed ? ['style=dashed'] : []),
    ];
    return `  ${names.get(from)} -> ${names.get(to)}${marks.length > 0 ? ` [${marks.join(', ')}]` : ''};`;
  });
  const body = grouped(diagram, nodeLine, ({ id, label }) => [
    `subgraph cluster_${names.get(id)} { label=${graphvizText(label)};`,
    '}',
  ]);
  return [`digraph ${graphvizText(diagram.title)} {`, '  rankdir=TB;', ...body, ...edges, '}', ''].join('\n');
}

/** Names of our own for nodes and groups: an id could be a word of the language. */
function namesIn({ nodes, groups = [] }: Diagram): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { id } of nodes) names.set(id, `n${names.size}`);
  for (const { id } of groups) names.set(id, `n${names.size}`);
  return names;
}

function grouped(
  { nodes, groups = [] }: Diagram,
  write: (node: DiagramNode) => string,
  frame: (group: DiagramGroup) => readonly [string, string],
): readonly string[] {
  const inside = (group: string | undefined, indent: string): readonly string[] => [
    ...nodes.filter((node) => node.group === group).map((node) => indent + write(node)),
    ...groups
      .filter((one) => one.group === group)
      .flatMap((one) => {
        const [open, close] = frame(one);
        return [indent + open, ...inside(one.id, `${indent}  `), indent + close];
      }),
  ];
  return inside(undefined, '  ');
}

/** Mermaid has no escape but codes of characters; what could be markup, Markdown or the end of the text becomes one. */
function mermaidText(text: string): string {
  const coded = text.replace(/[^\p{L}\p{N} .,:;=+\-/()[\]!?'\n]/gu, (char) =>
    char === ';' ? char : `#${char.codePointAt(0) ?? 63};`,
  );
  return coded.replace(/\s*\n\s*/g, '<br/>');
}

function graphvizText(text: string): string {
  const clean = text.replaceAll('\0', '');
  return `"${clean.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replace(/\r?\n/g, '\\n')}"`;
}

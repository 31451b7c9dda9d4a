import assert from 'node:assert/strict';
import {
  routerDiagram,
  toGraphviz,
  toMermaid,
  workflowDiagram,
  type Diagram,
} from '@agent-factory/sdk/domain';
import { desk, refund } from './support/sample-workflows.ts';

/** What may stand in a line of each language, as far as we use it; labels are told apart from code strictly. */
const label = `"(?:[\\p{L}\\p{N} .,:;=+\\-/()\\[\\]!?']|#\\d+;|<br/>)*"`;
const mermaidLines = [
  /^flowchart TD$/,
  new RegExp(
    `^ +n\\d+(?:\\(\\(${label}\\)\\)|\\(\\(\\(${label}\\)\\)\\)|\\(${label}\\)|\\[\\[${label}\\]\\]|\\{${label}\\}|\\{\\{${label}\\}\\}|\\(\\[${label}\\]\\)|\\[/${label}/\\])$`,
    'u',
  ),
  new RegExp(`^ +n\\d+ (?:-->|-\\.->)(?:\\|${label}\\|)? n\\d+$`, 'u'),
  new RegExp(`^ +subgraph n\\d+\\[${label}\\]$`, 'u'),
  /^ +end$/,
];
const text = String.raw`"(?:[^"\\\n]|\\.)*"`;
const graphvizLines = [
  new RegExp(`^digraph ${text} \\{$`),
  /^ {2}rankdir=TB;$/,
  new RegExp(`^ +n\\d+ \\[label=${text}, shape=[a-z]+(?:, (?:style=rounded|peripheries=2))?\\];$`),
  new RegExp(`^ +n\\d+ -> n\\d+(?: \\[(?:label=${text})?(?:, )?(?:style=dashed)?\\])?;$`),
  new RegExp(`^ +subgraph cluster_n\\d+ \\{ label=${text};$`),
  /^ *\}$/,
];

function checkLines(written: string, allowed: readonly RegExp[]): readonly string[] {
  const lines = written.split('\n');
  assert.equal(lines.pop(), '');
  for (const line of lines) {
    assert.ok(
      allowed.some((one) => one.test(line)),
      line,
    );
  }
  return lines;
}

function mermaidLinesOf(diagram: Diagram): readonly string[] {
  const written = toMermaid(diagram);
  const [, head = '', body = ''] = /^---\n(title: ".*")\n---\n([^]*)$/.exec(written) ?? [];
  assert.equal(JSON.parse(head.slice(7)), diagram.title);
  return checkLines(body, mermaidLines);
}

const hostile = 'end "] --> x; %% <b>&amp;\\" \n `code` #quot; {a|b} 漢字 \\';

describe('diagrams', () => {
  for (const [name, diagram] of [
    ['a workflow', workflowDiagram(refund)],
    ['a router', routerDiagram(desk)],
    [
      'hostile labels',
      {
        title: hostile,
        nodes: [
          { id: 'end', label: hostile, shape: 'step', group: 'g' },
          { id: 'x', label: hostile, shape: 'choice' },
        ],
        edges: [{ from: 'end', to: 'x', label: hostile, dashed: true }],
        groups: [{ id: 'g', label: hostile }],
      },
    ],
  ] as const satisfies readonly (readonly [string, Diagram])[]) {
    it(`of ${name} are written in the grammar of Mermaid and of Graphviz`, () => {
      mermaidLinesOf(diagram);
      checkLines(toGraphviz(diagram), graphvizLines);
    });
  }

  it('show each node once, in the frame of the node that runs it', () => {
    const lines = mermaidLinesOf(workflowDiagram(refund));
    const count = lines.filter((line) => /^ +n\d+[([{]/.test(line)).length;
    assert.equal(count, refund.nodes.length + 2);
    const opened = lines.findIndex((line) => line.includes('"map tell"'));
    assert.match(lines[opened + 1] ?? '', /^ {6}n\d+\[\["mail<br\/>workflow mail"\]\]$/);
    assert.equal(lines.filter((line) => line.includes('subgraph')).length, 3);
  });

  it('show conditions, failures and undoing on the ways', () => {
    const lines = mermaidLinesOf(workflowDiagram(refund));
    assert.ok(lines.some((line) => line.includes('|"steps.check.amount #62; 100"|')));
    assert.ok(lines.some((line) => line.includes('-.->|"on error"|')));
    assert.ok(lines.some((line) => line.includes('-.->|"undo"|')));
  });

  it('leave out ways to nodes that are not there yet', () => {
    const half = { ...refund, start: 'later', edges: [{ from: 'check', to: 'nowhere' }] };
    assert.ok(!mermaidLinesOf(workflowDiagram(half)).some((line) => line.includes('undefined')));
  });
});

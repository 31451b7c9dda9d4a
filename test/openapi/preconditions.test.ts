import assert from 'node:assert/strict';
import { currentDocument } from './current-document.ts';

const methods = ['put', 'patch', 'delete'] as const;
const noneOfItsOwn = 'It has no GET route of its own, so nothing has its tag.';

/** Operations that change or remove something and take no preconditions, each with why. */
const without: Readonly<Record<string, string>> = {
  attachTool: 'It is carried out on the agent as it is, and the same again is no change.',
  deleteArtifact: 'Its id is the hash of its content: it is as it was seen, or another.',
  detachTool: 'It is carried out on the agent as it is, and the same again is no change.',
  endMcp: 'The protocol knows no tags.',
  endSession: noneOfItsOwn,
  endTokens: noneOfItsOwn,
  forgetMemory: noneOfItsOwn,
  removeKnowledgeDocument: 'GET on its path lists all documents.',
  unlinkIdentity: noneOfItsOwn,
};

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly in: string; readonly name: string }[];
}

describe('operations that change or remove something', () => {
  it('take preconditions, or it is said here why not', async function () {
    this.timeout(60_000);
    const { paths } = (await currentDocument()) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | undefined>>>>;
    }; // as OpenAPI says
    const changing = Object.values(paths).flatMap((item) => methods.flatMap((method) => item[method] ?? []));
    const taking = changing.filter(({ parameters }) =>
      parameters.some((one) => one.in === 'header' && one.name === 'if-match'),
    );
    assert.ok(taking.length > 20);
    const others = changing.filter((one) => !taking.includes(one)).map(({ operationId }) => operationId);
    assert.deepEqual(others.sort(), Object.keys(without).sort());
    for (const [path, item] of Object.entries(paths))
      if (taking.some((one) => Object.values(item).includes(one)))
        assert.ok(item['get'], `${path} answers GET with the tag`);
  });
});

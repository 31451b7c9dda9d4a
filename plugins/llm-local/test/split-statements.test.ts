import assert from 'node:assert/strict';
import { splitStatements } from '../src/split-statements.ts';
import { stem } from '../src/stem.ts';

const texts = (text: string): string[] =>
  splitStatements(text).map((statement) => `${statement.line} ${statement.text}`);

describe('llm-local, splitting documents', () => {
  it('finds sentences over several lines, with the line each begins on', () => {
    assert.deepEqual(texts('One is\nhere. Two is\nthere! Three?\n\nFour'), [
      '0 One is here.',
      '1 Two is there!',
      '2 Three?',
      '4 Four',
    ]);
  });

  it('does not end sentences at abbreviations, versions and file names', () => {
    const text = 'Set it, e.g. Europe/Oslo, in agent.config.yaml. See v1.2.3 of Dr. A. Smith etc. for more.';
    assert.deepEqual(texts(text), [
      '0 Set it, e.g. Europe/Oslo, in agent.config.yaml.',
      '0 See v1.2.3 of Dr. A. Smith etc. for more.',
    ]);
  });

  it('takes items, rows and listings as they are', () => {
    const text =
      '- One **bold** [link](x.md)\n- Two\n\n| a | b |\n|---|---|\n| x | 1 |\n\n```sh\nrun it\n```\n## Head\nEnd.';
    assert.deepEqual(texts(text), [
      '0 One bold link',
      '1 Two',
      '5 x: b 1',
      '7 ```sh\nrun it\n```',
      '11 End.',
    ]);
  });

  it('keeps code as it is', () => {
    assert.deepEqual(texts('Use `af_<plugin>_<x>` and <b>this</b>.'), ['0 Use `af_<plugin>_<x>` and this.']);
  });
});

describe('llm-local, the stems of words', () => {
  const families = [
    'isolate isolates isolated isolating isolation',
    'configure configured configures configuration config',
    'create creates created creation',
    'install installs installed installation',
    'store stores stored storage',
    'listen listens listened listening',
    'run runs running',
    'retry retries retried',
    'migrate migrated migration migrations',
    'plugin plugins',
    'delete deletes deleted',
    'provide provides provided provider',
    'policy policies',
  ];
  for (const family of families) {
    it(`of ${family} are one`, () => {
      assert.equal(new Set(family.split(' ').map(stem)).size, 1, family.split(' ').map(stem).join(' '));
    });
  }

  it('keep different words apart', () => {
    assert.notEqual(stem('time'), stem('timeout'));
    assert.notEqual(stem('port'), stem('portal'));
    assert.equal(stem('Größe'), stem('größe'));
  });
});

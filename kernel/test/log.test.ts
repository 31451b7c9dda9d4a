import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createLog } from '../src/log.ts';

describe('log', () => {
  const logOf = (level: 'debug' | 'info' | 'warn' = 'info') => {
    const lines: string[] = [];
    const log = createLog({ level, format: 'json' }, (line) => lines.push(line));
    return { log, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as never };
  };

  it('hides secrets by key at any depth, also behind toJSON', () => {
    const { log, last } = logOf();
    log.info('x', {
      headers: { Authorization: 'a' },
      deep: { toJSON: () => ({ apiKey: 'b', privateKey: 'c' }) },
      tokens: 3,
    });
    const { at, ...rest } = last();
    assert.ok(at);
    assert.deepEqual(rest, {
      level: 'info',
      message: 'x',
      headers: { Authorization: '[redacted]' },
      deep: { apiKey: '[redacted]', privateKey: '[redacted]' },
      tokens: 3,
    });
  });

  it('hides known secrets in messages, fields, keys and errors, whatever JSON makes of them', () => {
    const { log, lines } = logOf();
    const pem = '-----BEGIN "KEY"-----\nabc\\def\n-----END-----';
    for (const secret of ['hunter22', 'hunter22-and-more', pem]) log.hide(secret);
    log.warn(`with hunter22-and-more and ${pem}`, {
      [pem]: 1,
      error: new Error(`no ${pem}`, { cause: new Error(pem) }),
    });
    assert.doesNotMatch(lines.join(), /hunter|and-more|BEGIN|abc/);
  });

  it('never throws, whatever it is given', () => {
    const { log, lines, last } = logOf();
    const circle: Record<string, unknown> = { big: 10n, bytes: Buffer.alloc(1e6), text: 'a'.repeat(1e6) };
    circle['self'] = circle;
    circle['wide'] = Array.from({ length: 60 }, () => circle);
    log.info('odd', circle);
    assert.ok((lines[0]?.length ?? 0) < 200_000);
    log.info('trap', {
      fine: 1,
      get oops(): never {
        throw new Error('getter');
      },
    });
    assert.equal(lines.length, 2);
    log.info('cause', { error: new Error('outer', { cause: new TypeError('inner') }) });
    assert.deepEqual(last()['error'], { message: 'outer', cause: { message: 'inner' } });
    log.info('own', { message: 'not this', level: 'nor this' });
    assert.equal(last()['message'], 'own');
    assert.equal(last()['level'], 'info');
    createLog({}, () => {
      throw new Error('full');
    }).info('x');
  });

  it('follows a change of level, also in loggers made before, and is silent once closed', () => {
    const { log, lines } = logOf('warn');
    const child = log.child({ plugin: 'p' });
    child.debug('no');
    log.configure({ level: 'debug', format: 'json' });
    child.debug('yes');
    log.configure({ level: 'silent' });
    child.error('no');
    log.configure({ level: 'info' });
    log.close();
    child.error('no');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { message: string }).message),
      ['yes'],
    );
  });

  it('outlives a reader of standard error that has gone', () => {
    const file = new URL('../src/log.ts', import.meta.url).href;
    const script = `import { createLog } from ${JSON.stringify(file)};
      const log = createLog({});
      const timer = setInterval(() => log.info('x'), 1);
      setTimeout(() => { clearInterval(timer); console.log('alive'); }, 100);`;
    const command = `"${process.execPath}" --conditions=@agent-factory/source --input-type=module -e "$SCRIPT" 2> >(exec true)`;
    const { stdout } = spawnSync('bash', ['-c', command], {
      encoding: 'utf8',
      env: { ...process.env, SCRIPT: script },
    });
    assert.equal(stdout.trim(), 'alive');
  });
});

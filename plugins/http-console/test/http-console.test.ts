import assert from 'node:assert/strict';
import { board, bootConsole, pageOf, showing, type ConsolePlatform } from './support/console-platform.ts';

const text = { kind: 'text', text: 'Fine.' };

describe('the console', function () {
  this.timeout(60_000);
  let platform: ConsolePlatform;
  after(() => platform?.kernel.close());

  describe('of whoever reaches the machine', () => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&';
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    /** What no page can show, and what is said of it. */
    const refused: Readonly<Record<string, readonly [blocks: unknown, reason: RegExp]>> = {
      'of-none': [undefined, /must be a list/],
      'of-html': [[{ kind: 'html', html: '<b>x</b>' }], /kind must be one of/],
      'of-more': [[{ ...text, onclick: 'alert(1)' }], /is not known here/],
      'of-script': [
        [{ kind: 'link', text: 'x', href: 'javascript:alert(1)' }],
        /href must be text that matches/,
      ],
      'of-data': [[{ kind: 'link', text: 'x', href: 'data:text/html,x' }], /href must be/],
      'of-host': [[{ kind: 'link', text: 'x', href: '//evil.example' }], /href must be/],
      'of-path': [[{ kind: 'link', text: 'x', href: '/api/v1/runs' }], /href must be/],
      'of-breakout': [[{ kind: 'link', text: 'x', href: 'https://a.example/"onclick="x' }], /href must be/],
      'of-user': [[{ kind: 'link', text: 'x', href: 'https://docs.example@evil.example/' }], /href must be/],
      'of-rows': [
        [{ kind: 'table', caption: 'x', columns: ['a'], rows: [['1', '2']] }],
        /more or fewer cells/,
      ],
      'of-choice': [
        [
          {
            kind: 'form',
            id: 'a',
            title: 'x',
            button: 'x',
            fields: [{ name: 'a', label: 'a', type: 'choice' }],
          },
        ],
        /nothing to choose from/,
      ],
      'of-forms': [
        [1, 2].map(() => ({ kind: 'form', id: 'a', title: 'x', button: 'x', fields: [] })),
        /two forms have the id a/,
      ],
      'of-many': [Array.from({ length: 101 }, () => text), /must NOT have more than 100 items/],
      'of-bytes': [
        Array.from({ length: 90 }, () => ({ kind: 'text', text: 'x'.repeat(9000) })),
        /more than the 262144/,
      ],
      'of-circle': [[circle], /it is no JSON/],
      'of-bigint': [[{ kind: 'list', items: [1n] }], /it is no JSON/],
    };

    before(async () => {
      const frame = {
        html: async () => `<p>${'é'.repeat(10)}</p>`,
        call: async ({ message }: { message: unknown }) =>
          message === 'big' ? 'x'.repeat(70_000) : { message },
      };
      platform = await bootConsole([
        showing('team', [
          board,
          pageOf(
            'evil',
            [
              { kind: 'heading', text: evil },
              { kind: 'text', text: evil },
              { kind: 'facts', facts: [{ name: evil, value: evil }] },
              { kind: 'table', caption: evil, columns: [evil], rows: [[evil]] },
              { kind: 'list', items: [evil] },
              { kind: 'link', text: evil, href: 'https://a.example/' },
              {
                kind: 'form',
                id: 'a',
                title: evil,
                button: evil,
                fields: [
                  { name: 'a', label: evil, type: 'text', help: evil, value: evil },
                  { name: 'b', label: evil, type: 'long-text', value: `</textarea>${evil}` },
                  { name: 'c', label: evil, type: 'choice', choices: [evil], value: evil },
                ],
              },
            ],
            { title: evil, summary: evil },
          ),
          { id: 'framed', title: 'Framed', frame },
          { id: 'mute', title: 'Mute', frame: { html: async () => 7 } },
          { id: 'wide', title: 'Wide', frame: { html: async () => 'x'.repeat(300_000) } },
          { id: 'broken', title: 'Broken', blocks: async () => assert.fail('a secret of the page') },
          ...Object.entries(refused).map(([id, [blocks]]) => pageOf(id, blocks as readonly unknown[])), // tried
          pageOf('board', [text]),
          pageOf('No Word', [text]),
          { id: 'empty', title: 'Empty' },
          { id: 'untitled', title: '', blocks: async () => [] },
          { id: 'odd', title: 'Odd', permission: 'all', blocks: async () => [] },
        ]),
      ]);
    });
    after(() => platform.kernel.close());

    it('lists pages by their plugins, and leaves out what is none', async () => {
      const { status, text: list, headers } = await platform.get('/console');
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
      assert.match(list, /<a href="\/console\/team\/board">Board<\/a>\s*<span class="aside">of team<\/span>/);
      assert.match(list, /All there is to see\./);
      assert.equal(list.match(/console\/team\/board"/g)?.length, 1);
      assert.doesNotMatch(list, /No Word|Empty|untitled|Odd/);
    });

    it('shows every kind of block', async () => {
      const { text: page } = await platform.get('/console/team/board');
      for (const part of [
        '<html lang="en">',
        '<h1>Board</h1>',
        'A page of the plugin team.',
        '<h2>Today</h2>',
        '<p class="text">One line.\nAnother.</p>',
        '<dd>local</dd>',
        '<th scope="col">Degrees</th>',
        '<td>7</td>',
        '<td>false</td>',
        '<li>two</li>',
        '<a href="/console">The list</a>',
        '<a href="https://docs.example/a?b=1" rel="noopener noreferrer nofollow">Elsewhere</a>',
        '(docs.example)',
        '<form data-form="greet"',
        'type="checkbox" checked',
        '<option selected>plain</option>',
        '>\n\nHi</textarea>',
      ])
        assert.ok(page.includes(part), part);
      assert.match(page, /<label for="(field-7-0)">Name <span.*?<input\s+id="\1"/s);
    });

    it('escapes whatever stands in a page', async () => {
      for (const path of ['/console', '/console/team/evil']) {
        const { text: page } = await platform.get(path);
        assert.ok(page.includes('&#60;img src=x onerror=alert(1)&#62;'), path);
        assert.doesNotMatch(page, /<img|<script>alert|<\/textarea>&#34;/);
      }
      const { text: page } = await platform.get('/console/team/evil');
      assert.equal(page.match(/<script>/g)?.length, 1, 'its own');
      assert.equal(page.match(/<\/textarea>/g)?.length, 1);
    });

    for (const [id, [, reason]] of Object.entries(refused))
      it(`refuses what is no page: ${id}`, async () => {
        const { status, code, text: told } = await platform.get(`/console/team/${id}`);
        assert.deepEqual([status, code], [502, 'AF_CONSOLE_ANSWER_INVALID']);
        assert.match(told, reason);
      });

    it('tells nothing of what fails inside a page', async () => {
      const { status, code, text: told } = await platform.get('/console/team/broken');
      assert.deepEqual([status, code], [500, 'AF_HTTP_INTERNAL']);
      assert.doesNotMatch(told, /secret/);
    });

    it('hands a form to its page, and shows what that says', async () => {
      const sent = { form: 'greet', values: { name: '<b>Ada</b>', times: 2, loud: true } };
      const { status, text: page } = await platform.post('/console/team/board', sent);
      assert.equal(status, 200);
      assert.match(page, /greet for default: \{&#34;name&#34;:&#34;&#60;b&#62;Ada/);
      assert.match(page, /<a href="\/console\/team\/board">Back to Board<\/a>/);
      const refusal = await platform.post('/console/team/evil', sent);
      assert.deepEqual([refusal.status, refusal.code], [404, 'AF_CONSOLE_NO_FORM']);
      for (const body of [
        { form: 'greet' },
        { ...sent, more: 1 },
        { form: 'greet', values: { a: ['list'] } },
        { form: 'greet', values: { 'no word': 'x' } },
        { form: 'greet', values: { name: 'x'.repeat(4001) } },
      ])
        assert.equal((await platform.post('/console/team/board', body)).code, 'AF_HTTP_REQUEST_INVALID');
    });

    it('serves a frame sealed, within its page alone', async () => {
      const { text: page, headers: own } = await platform.get('/console/team/framed');
      assert.match(page, /<iframe\s+sandbox="allow-scripts"\s+src="\/console\/team\/framed\/frame"/);
      assert.match(own.get('content-security-policy') ?? '', /script-src 'sha256-.*frame-ancestors 'none'/);
      const framed = await platform.get('/console/team/framed/frame', { 'sec-fetch-dest': 'iframe' });
      assert.equal(framed.text, `<p>${'é'.repeat(10)}</p>`);
      const policy = framed.headers.get('content-security-policy') ?? '';
      assert.match(policy, /^sandbox allow-scripts allow-forms; default-src 'none'/);
      assert.doesNotMatch(policy, /allow-same-origin|allow-top|allow-popups/);
      const alone = await platform.get('/console/team/framed/frame', { 'sec-fetch-dest': 'document' });
      assert.deepEqual([alone.status, alone.code], [403, 'AF_CONSOLE_FRAME_ALONE']);
      const none = await platform.get('/console/team/board/frame');
      assert.deepEqual([none.status, none.code], [404, 'AF_CONSOLE_NO_FRAME']);
      for (const id of ['mute', 'wide'])
        assert.equal((await platform.get(`/console/team/${id}/frame`)).code, 'AF_CONSOLE_ANSWER_INVALID');
    });

    it('hands messages of a frame to its plugin, both ways within bounds', async () => {
      const call = (id: string, message: unknown) =>
        platform.post(`/console/team/${id}/frame`, { message } as never); // JSON, as it is given
      assert.equal((await call('framed', [1])).text, '{"answer":{"message":[1]}}');
      assert.equal((await call('framed', 'big')).code, 'AF_CONSOLE_ANSWER_INVALID');
      assert.equal((await call('framed', 'x'.repeat(66_000))).code, 'AF_CONSOLE_MESSAGE_TOO_LARGE');
      for (const id of ['board', 'mute']) assert.equal((await call(id, 1)).code, 'AF_CONSOLE_NO_FRAME');
    });
  });

  it('lets no plugin have more pages than it may', async () => {
    const many = await bootConsole(
      [
        showing(
          'team',
          ['a', 'b', 'c'].map((id) => pageOf(id, [text])),
        ),
      ],
      {
        config: { maxPages: 2 },
      },
    );
    try {
      assert.equal((await many.get('/console')).text.match(/<li>/g)?.length, 2);
      assert.equal((await many.get('/console/team/c')).code, 'AF_CONSOLE_PAGE_UNKNOWN');
    } finally {
      await many.kernel.close();
    }
  });

  describe('with a login', () => {
    let shared: ConsolePlatform;
    before(async () => {
      const framed = { html: async () => 'x', call: async () => 1 };
      const secret = { permission: 'keys:read', frame: framed, submit: async () => [] };
      shared = await bootConsole([showing('team', [board, pageOf('keys', [text], secret)])], { login: true });
    });
    after(() => shared?.kernel.close());

    it('asks who it is, and who may look', async () => {
      assert.equal((await shared.get('/console')).status, 401);
      const service = await shared.as('service');
      assert.equal((await shared.get('/console/team/board', service)).code, 'AF_ACCESS_DENIED');
      const viewer = await shared.as('viewer');
      assert.match((await shared.get('/console/team/board', viewer)).text, /<dd>acme<\/dd>/);
      const sent = { form: 'greet', values: {} };
      assert.equal((await shared.post('/console/team/board', sent, viewer)).code, 'AF_ACCESS_DENIED');
      assert.equal((await shared.post('/console/team/board', sent, await shared.as('operator'))).status, 200);
    });

    it('knows no page that is not for the caller, as none that is not there', async () => {
      const builder = await shared.as('builder');
      assert.doesNotMatch((await shared.get('/console', builder)).text, /The page keys/);
      const same = async (ask: (page: string) => ReturnType<ConsolePlatform['get']>) => {
        const [hidden, absent] = [await ask('keys'), await ask('nope')];
        assert.deepEqual([hidden.status, hidden.code], [404, 'AF_CONSOLE_PAGE_UNKNOWN']);
        const plain = (told: string): string => told.replaceAll('keys', 'nope').replace(/urn:[^"]*/, '');
        assert.equal(plain(hidden.text), plain(absent.text));
      };
      await same((page) => shared.get(`/console/team/${page}`, builder));
      await same((page) => shared.post(`/console/team/${page}`, { form: 'a', values: {} }, builder));
      await same((page) => shared.get(`/console/team/${page}/frame`, builder));
      await same((page) => shared.post(`/console/team/${page}/frame`, { message: 1 }, builder));
      const admin = await shared.as('tenant-admin');
      assert.match((await shared.get('/console', admin)).text, /The page keys/);
      assert.equal((await shared.get('/console/team/keys', admin)).status, 200);
    });
  });
});

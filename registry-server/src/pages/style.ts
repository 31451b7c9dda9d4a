import { createHash } from 'node:crypto';

/** How every page looks: one sheet, so that the policy of the pages admits no other style. */
export const style: string = `
:root{color-scheme:light dark;--ink:#1b1c1f;--soft:#565a63;--line:#dcdfe4;--paper:#fff;--wash:#f5f6f8;--mark:#0b57c4;--good:#12653a;--warn:#8a4b00;--bad:#a3211a;--good-wash:#e4f4ea;--warn-wash:#fcefdc;--bad-wash:#fbe6e4}
@media(prefers-color-scheme:dark){:root{--ink:#e8e9ec;--soft:#a6abb6;--line:#33363d;--paper:#15161a;--wash:#1e2026;--mark:#8ab4ff;--good:#7ddaa3;--warn:#f0b26b;--bad:#ff9d96;--good-wash:#16301f;--warn-wash:#3a2a12;--bad-wash:#3d1b19}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);background:var(--paper)}
a{color:var(--mark);text-decoration-thickness:.06em;text-underline-offset:.18em}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible{outline:3px solid var(--mark);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem 1rem;z-index:1}
header.site{border-bottom:1px solid var(--line)}
.bar{max-width:72rem;margin:0 auto;padding:.9rem 1.25rem;display:flex;gap:1rem 2rem;align-items:center;flex-wrap:wrap}
.word{font-weight:650;letter-spacing:-.01em;color:var(--ink);text-decoration:none;font-size:1.05rem}
.word span{color:var(--soft);font-weight:400}
form.search{flex:1 1 18rem;display:flex;gap:.5rem}
input[type=search]{flex:1;min-width:0;font:inherit;padding:.5rem .75rem;border:1px solid var(--soft);border-radius:8px;background:var(--paper);color:var(--ink)}
button{font:inherit;padding:.5rem 1rem;border:1px solid var(--mark);border-radius:8px;background:var(--mark);color:var(--paper);cursor:pointer}
main{max-width:72rem;margin:0 auto;padding:1.75rem 1.25rem 4rem}
footer{border-top:1px solid var(--line);color:var(--soft);font-size:.9rem}
footer .bar{gap:.5rem 1.5rem}
h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.02em;margin:0 0 .35rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;letter-spacing:-.01em;margin:2.25rem 0 .75rem}
h3,h4,h5,h6{font-size:1.02rem;margin:1.5rem 0 .5rem}
.lead{font-size:1.1rem;color:var(--soft);margin:.25rem 0 1rem;max-width:46rem}
.quiet{color:var(--soft)}.small{font-size:.9rem}
.split{display:grid;grid-template-columns:minmax(0,1fr) 19rem;gap:2.5rem;align-items:start}
.split.left{grid-template-columns:14rem minmax(0,1fr)}
.side{position:sticky;top:1rem}
.split>*{min-width:0}
.split section:first-child>h2{margin-top:0}
@media(max-width:52rem){.split,.split.left{grid-template-columns:minmax(0,1fr);gap:1rem}.side{position:static}.split>aside{order:-1}}
ul.plain{list-style:none;margin:0;padding:0}
ul.cards{list-style:none;margin:0;padding:0}
ul.cards>li{padding:1.1rem 0;border-top:1px solid var(--line)}
ul.cards>li:first-child{border-top:0;padding-top:0}
.name{font-weight:620;font-size:1.08rem;overflow-wrap:anywhere}
.meta{display:flex;flex-wrap:wrap;gap:.25rem 1rem;color:var(--soft);font-size:.9rem;margin:.35rem 0 0}
.tag{display:inline-block;padding:.05rem .55rem;border:1px solid var(--line);border-radius:999px;font-size:.85rem;color:var(--soft);text-decoration:none}
.tag.good{color:var(--good);background:var(--good-wash);border-color:transparent}
.tag.warn{color:var(--warn);background:var(--warn-wash);border-color:transparent}
.tag.bad{color:var(--bad);background:var(--bad-wash);border-color:transparent}
.facets details{border-top:1px solid var(--line);padding:.6rem 0}
.facets summary{cursor:pointer;font-weight:600}
.facets li{display:flex;justify-content:space-between;gap:.5rem;padding:.18rem 0;font-size:.95rem}
.facets li a{overflow-wrap:anywhere}
.facets [aria-current]{font-weight:650}
.box{border:1px solid var(--line);border-radius:12px;padding:1rem 1.15rem;margin:0 0 1rem;background:var(--wash)}
.box h2{margin:0 0 .6rem;font-size:1.02rem}
.notice{border-radius:10px;padding:.75rem 1rem;margin:1rem 0;background:var(--warn-wash);color:var(--warn)}
.notice.bad{background:var(--bad-wash);color:var(--bad)}
dl{margin:0;display:grid;grid-template-columns:auto minmax(0,1fr);gap:.35rem 1rem;font-size:.95rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.permits li{padding:.4rem 0;border-top:1px solid var(--line)}.permits li:first-child{border-top:0}
.permits .why{display:block;color:var(--soft);font-size:.9rem}
code,pre{font:.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--wash);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
:not(pre)>code{background:var(--wash);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
.prose img{max-width:100%}.prose{max-width:46rem;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th{text-align:left;color:var(--soft);font-weight:550}
th,td{padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.prose .center{text-align:center}.prose .right{text-align:right}
nav.jump{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;border-bottom:1px solid var(--line);padding:.25rem 0 .6rem;margin:1rem 0}
.shots{display:flex;gap:1rem;overflow-x:auto;padding-bottom:.5rem}.shots img{height:14rem;border:1px solid var(--line);border-radius:10px}
.stars{color:var(--warn);letter-spacing:.08em}
.review{border-top:1px solid var(--line);padding:.9rem 0}
.pages{display:flex;gap:1rem;margin-top:1.5rem}
@media print{header.site,footer,.facets{display:none}}
`.trim();

/** Its place, which changes with it, so that it can be kept for ever. */
export const stylePath: string = `/-/af/pages/style-${createHash('sha256').update(style).digest('hex').slice(0, 12)}.css`;

/** The mark of the site. */
export const icon: string =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b57c4"/><path d="M9 23 16 8l7 15M12 18h8" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

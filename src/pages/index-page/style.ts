/** The page's style sheet. Text and borders keep WCAG AA contrast in both schemes. */
export const STYLE = `:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #fff; --text: #1c2430; --soft: #566274; --line: #d5dae2; --field: #7d8796;
  --accent: #0a5bc4; --on-accent: #fff; --good: #14703a; --bad: #b3261e; --code: #eef1f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #11151b; --card: #1a2028; --text: #e4e9f0; --soft: #a3aebd; --line: #333c48; --field: #77828f;
    --accent: #82b4ff; --on-accent: #0c1a2e; --good: #6fd394; --bad: #ff9c94; --code: #252d38;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--back); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
}
header { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 1.1rem 0 .35rem; }
p { margin: .5rem 0; }
a { color: var(--accent); }
section { margin-top: 1.25rem; padding: 1.1rem 1.25rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
code, pre { font: .88rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.soft, footer { color: var(--soft); font-size: .9rem; }
.value { display: flex; gap: .6rem; align-items: center; justify-content: space-between; }
.block, pre, #reply { padding: .6rem .75rem; background: var(--code); border-radius: .4rem; }
.block code { font-size: 1.02rem; font-weight: 600; }
.snippet { display: grid; grid-template-columns: 1fr auto; gap: .4rem .6rem; align-items: end; margin-top: 1rem; }
.snippet h3 { margin: 0; overflow-wrap: anywhere; }
pre { grid-column: 1 / -1; margin: 0; white-space: pre-wrap; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
thead th:nth-child(1) { width: 22%; } thead th:nth-child(2) { width: 28%; }
th, td { padding: .45rem 1rem .45rem 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 600; }
tbody th { font-weight: 600; }
button {
  flex: none; min-height: 2rem; padding: .25rem .75rem; border: 1px solid var(--field); border-radius: .4rem;
  background: var(--card); color: var(--text); font: inherit; font-size: .9rem; cursor: pointer;
}
button:hover:enabled { border-color: var(--accent); color: var(--accent); }
button:disabled { opacity: .5; cursor: default; }
button.done, button.done:hover { border-color: var(--good); color: var(--good); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button.main:hover:enabled { color: var(--on-accent); filter: brightness(1.1); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.names { display: flex; flex-wrap: wrap; gap: .4rem; margin: .6rem 0 0; padding: 0; list-style: none; }
form { display: grid; grid-template-columns: 1fr 1fr; gap: .9rem 1rem; margin-top: .75rem; }
.wide { grid-column: 1 / -1; }
label { display: block; font-size: .9rem; font-weight: 600; margin-bottom: .2rem; }
input, select, textarea {
  width: 100%; padding: .5rem .6rem; border: 1px solid var(--field); border-radius: .4rem;
  background: var(--back); color: inherit; font: inherit; min-width: 0; min-height: 2.65rem;
}
textarea { resize: vertical; min-height: 4.5rem; display: block; }
.buttons { display: flex; gap: .6rem; align-items: center; flex-wrap: wrap; }
.buttons button { min-width: 5.5rem; min-height: 2.5rem; }
#reply { min-height: 5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
#failure { color: var(--bad); white-space: pre-wrap; overflow-wrap: anywhere; }
#failure:empty, :root:not(.js) [data-copy], :root:not(.js) form, .js .no-js { display: none; }
footer { margin-top: 1.25rem; }
#announcement {
  position: fixed; bottom: 1rem; left: 50%; transform: translateX(-50%); width: max-content; max-width: calc(100% - 2rem);
  margin: 0; padding: .5rem .9rem; border-radius: .4rem; background: var(--text); color: var(--back); overflow-wrap: anywhere;
}
#announcement:empty { padding: 0; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 44rem) {
  section { padding: .9rem 1rem 1rem; }
  table, tbody, tr, td, tbody th { display: block; padding: 0; border: 0; }
  thead { position: absolute; clip-path: inset(50%); }
  tbody tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border: 0; padding-bottom: 0; }
  td + td { margin-top: .2rem; }
  form { grid-template-columns: 1fr; }
}
`;

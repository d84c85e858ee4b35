import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { jsonText, type PageReport, type Report } from '../../playground/authoring/report.ts'
import { githubText } from '../../playground/authoring/report-github.ts'
import { junitText } from '../../playground/authoring/report-junit.ts'
import { countsText, pageText, problemText } from '../../playground/authoring/report-text.ts'
import { needsProgram } from '../harness/needs.ts'

const page: PageReport = {
  file: 'docs/lessons/01-x.md',
  lang: 'ts',
  date: '2026-11-29T06:00:00.000Z',
  seconds: 1.25,
  transcripts: [
    {
      id: 'a1',
      line: 5,
      pane: 'server',
      title: 'node server.ts',
      state: 'passed',
      seconds: 0.5,
      failures: [],
    },
    {
      id: 'a2',
      line: 9,
      pane: 'client',
      title: 'printf "%s"; a,b: <c>\u001b[31m',
      state: 'failed',
      seconds: 0.25,
      failures: [
        {
          line: 11,
          why: 'differs',
          message: 'expected `100%`, got `::error::x`',
          expected: [{ text: '100%', ok: false }],
          actual: [
            { text: '::error::x', ok: false },
            { text: ']]> & "q"\u0000\ud800\u001b]0;t\u0007', ok: false },
          ],
          status: 0,
        },
      ],
    },
    {
      id: 'a3',
      line: 20,
      pane: 'client',
      title: 'strace true',
      state: 'skipped',
      seconds: 0,
      reason: 'needs <strace>',
      failures: [],
    },
    { id: 'a4', line: 30, pane: 'client', title: '(output)', state: 'unreached', seconds: 0, failures: [] },
  ],
  checks: [
    { line: 7, name: 'one-listens', state: 'passed', seconds: 0.125, failures: [] },
    {
      line: 18,
      name: 'all-gone',
      state: 'failed',
      seconds: 5,
      failures: [{ line: 18, message: 'the check all-gone is not met here: <1> listens' }],
    },
  ],
}

const problems: Report['problems'] = [
  { severity: 'mistake', file: 'docs/a,b.md', line: 3, what: '100% wrong: `x`\r\nreally', todo: 'mend\tit' },
  { severity: 'warning', file: 'docs/c.md', what: 'no transcript', todo: 'write one' },
]

test('text: nothing in it that a terminal obeys', () => {
  expect(pageText(page)).toBe(
    [
      'docs/lessons/01-x.md (ts)  1.3 s',
      '  ✓    5  server    node server.ts',
      '  ✓    7  check     one-listens',
      '  ✗    9  client    printf "%s"; a,b: <c>\ufffd[31m',
      '    docs/lessons/01-x.md:11: expected `100%`, got `::error::x`',
      '        expected │   printed',
      '      ! 100%     │ ! ::error::x',
      '                 │ ! ]]> & "q"\ufffd\ufffd\ufffd]0;t\ufffd',
      '  ✗   18  check     all-gone',
      '    docs/lessons/01-x.md:18: the check all-gone is not met here: <1> listens',
      '  -   20  client    strace true  skipped: needs <strace>',
      '  ·   30  client    (output)  not reached',
    ].join('\n'),
  )
  expect(problems.map(problemText)).toEqual([
    'docs/a,b.md:3: 100% wrong: `x`\ufffd\ufffdreally; mend\tit',
    'docs/c.md: no transcript; write one',
  ])
  expect(countsText([page, page])).toBe('4 passed, 4 failed, 2 skipped, 2 not reached')
  expect(countsText([])).toBe('0 passed, 0 failed, 0 skipped')
})

test('github: one annotation a line, with its own escapes', () => {
  expect(githubText({ problems, pages: [page] }).split('\n')).toEqual([
    '::error file=docs/a%2Cb.md,line=3,title=mistake::100%25 wrong: `x`%0Areally; mend\tit',
    '::warning file=docs/c.md,title=warning::no transcript; write one',
    '::error file=docs/lessons/01-x.md,line=11,title=ts%2C client%3A printf "%25s"; a%2Cb%3A <c>\ufffd[31m' +
      '::expected `100%25`, got `::error::x`%0A  expected │   printed%0A! 100%25     │ ! ::error::x' +
      '%0A           │ ! ]]> & "q"\ufffd\ufffd\ufffd]0;t\ufffd',
    '::error file=docs/lessons/01-x.md,line=18,title=ts%2C check%3A all-gone::' +
      'the check all-gone is not met here: <1> listens',
    '::warning file=docs/lessons/01-x.md,line=20,title=ts%2C client%3A strace true::skipped: needs <strace>',
  ])
  expect(githubText({ problems: [], pages: [] })).toBe('')
})

describe('junit', () => {
  const report = { problems, pages: [page] }

  test('XML that says it all', () => {
    expect(junitText(report)).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="verify" tests="7" failures="2" errors="1" skipped="2" time="1.25">',
        '<testsuite name="docs/a,b.md" tests="1" failures="0" errors="1" skipped="0" time="0">',
        '<testcase name="line 3" classname="docs/a,b.md" time="0">',
        '<error message="100% wrong: `x`&#13;&#10;really; mend&#9;it">docs/a,b.md:3: 100% wrong: `x`\ufffd\ufffdreally; mend\tit</error>',
        '</testcase>',
        '</testsuite>',
        '<testsuite name="docs/lessons/01-x.md (ts)" tests="6" failures="2" errors="0" skipped="2" time="1.25">',
        '<testcase name="line 5, server: node server.ts" classname="docs/lessons/01-x.md (ts)" file="docs/lessons/01-x.md" line="5" time="0.5"/>',
        '<testcase name="line 7, check: one-listens" classname="docs/lessons/01-x.md (ts)" file="docs/lessons/01-x.md" line="7" time="0.125"/>',
        '<testcase name="line 9, client: printf &quot;%s&quot;; a,b: &lt;c&gt;\ufffd[31m" classname="docs/lessons/01-x.md (ts)" file="docs/lessons/01-x.md" line="9" time="0.25">',
        '<failure message="expected `100%`, got `::error::x`" type="differs">    docs/lessons/01-x.md:11: expected `100%`, got `::error::x`',
        '        expected │   printed',
        '      ! 100%     │ ! ::error::x',
        '                 │ ! ]]&gt; &amp; &quot;q&quot;\ufffd\ufffd\ufffd]0;t\ufffd</failure>',
        '</testcase>',
        '<testcase name="line 18, check: all-gone" classname="docs/lessons/01-x.md (ts)" file="docs/lessons/01-x.md" line="18" time="5">',
        '<failure message="the check all-gone is not met here: &lt;1&gt; listens" type="differs">    docs/lessons/01-x.md:18: the check all-gone is not met here: &lt;1&gt; listens</failure>',
        '</testcase>',
        '<testcase name="line 20, client: strace true" classname="docs/lessons/01-x.md (ts)" file="docs/lessons/01-x.md" line="20" time="0">',
        '<skipped message="needs &lt;strace&gt;"/>',
        '</testcase>',
        '<testcase name="line 30, client: (output)" classname="docs/lessons/01-x.md (ts)" file="docs/lessons/01-x.md" line="30" time="0">',
        '<skipped message="not reached: a transcript above it failed"/>',
        '</testcase>',
        '</testsuite>',
        '</testsuites>',
        '',
      ].join('\n'),
    )
  })

  test('a parser of XML reads every text back', context => {
    needsProgram(context, 'python3')
    const script =
      'import json, sys, xml.etree.ElementTree as t; r = t.fromstring(sys.stdin.buffer.read());' +
      'print(json.dumps([r.find(".//error").get("message"), r.find(".//failure").text.split("\\n")[-1], r[1][2].get("name")]))'
    const out = execFileSync('python3', ['-c', script], { input: junitText(report), encoding: 'utf8' })
    expect(JSON.parse(out)).toEqual([
      '100% wrong: `x`\r\nreally; mend\tit',
      '                 │ ! ]]> & "q"\ufffd\ufffd\ufffd]0;t\ufffd',
      'line 9, client: printf "%s"; a,b: <c>\ufffd[31m',
    ])
  })
})

test('json: the report itself', () => {
  const report: Report = {
    version: 1,
    ok: false,
    status: 1,
    kernel: '6.18.5',
    date: '2026-11-29T06:00:00.000Z',
    problems,
    updated: [{ file: 'docs/c.md', line: 2 }],
    pages: [page],
  }
  expect(JSON.parse(jsonText(report))).toEqual(report)
  expect(jsonText(report)).toMatch(/^\{\n {2}"version": 1,\n.*\}\n$/s)
})

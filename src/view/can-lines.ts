/** What we may do with a namespace or the namespaces of a process, and why not. */
import type { Model } from '../model/model.js';
import type { Verdict } from '../analysis/capabilities.js';
import { enterForecasts, observerAbilities, observerOf } from '../analysis/forecast.js';
import { userName } from '../analysis/namespace-name.js';
import { clean } from './clean.js';
import type { DetailSubject } from './detail-tabs.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { padText } from './text-width.js';

const DEED_WIDTH = 30;

export function verdictSpan({ allowed }: Verdict) {
  if (allowed === null) return span('?   ', 'warn');
  return allowed ? span('yes ', 'good') : span('no  ', 'bad');
}

function verdictLine(deed: string, verdict: Verdict): Line {
  return [span(padText(deed, DEED_WIDTH)), verdictSpan(verdict), span(clean(verdict.reason), 'dim')];
}

export function canLines(model: Model, subject: DetailSubject): Line[] {
  const observer = observerOf(model);
  if (!observer) return [[span('what nsview itself may do is not known here', 'warn')]];
  const who: Line = [
    span('you are '),
    span(clean(userName(model, observer.details!.uid)), 'strong'),
    span('; as a program started by nsview would be', 'dim'),
  ];
  const lines =
    subject.subject === 'namespace'
      ? observerAbilities(model, subject.node.fact.key).map(({ deed, verdict }) => verdictLine(deed, verdict))
      : enterForecasts(model, subject.process).map(({ kind, key, verdict }): Line =>
          verdict
            ? verdictLine(`enter ${key}`, verdict)
            : [span(padText(kind, DEED_WIDTH)), span('=   ', 'dim'), span('you are in it', 'dim')],
        );
  return [who, ...lines, [span('security modules and seccomp filters may still refuse', 'dim')]];
}

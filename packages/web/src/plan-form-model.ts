/** What the forms of a saved plan show: one section on one screen, and what came of the last answer. */
import type { DryRun, FactDeclaration } from '@craton/policy';
import type { AuthorityClass, Verdict } from '@craton/protocol';
import type { SiteModel } from './models.ts';
import type { FormProblem } from './wizard-model.ts';

/** The sections of a plan that have a form of their own, in their order. */
export type PlanSection = 'cases' | 'moves' | 'people' | 'service' | 'rollback';

/** What was typed, by the names of the fields; an empty field is absent. */
export type PlanFormValues = Readonly<Record<string, string>>;

/** One case of the expected verdicts, in the list above its form. */
export interface CaseEntry {
  /** From 1. */
  readonly number: number;
  readonly name: string;
  readonly verdict: Verdict;
}

/** `/self-service/drafts/:id/edit/:section` */
export interface PlanFormModel {
  readonly site: SiteModel;
  /** Who has signed in. */
  readonly person: string;
  readonly draftId: string;
  /** Title of the plan. */
  readonly title: string;
  /** What a change names, so that nobody overwrites what somebody else did. */
  readonly revision: number;
  readonly latestVersion: number;
  readonly reviewVersion?: number;
  readonly section: PlanSection;
  readonly values: PlanFormValues;
  readonly problem?: FormProblem;
  /** Of the section `cases`. */
  readonly cases?: readonly CaseEntry[];
  /** The case that is changed, from 1; absent while another one is added. */
  readonly caseNumber?: number;
  /** Facts that a request of this path can have. */
  readonly facts?: readonly FactDeclaration[];
  /** How many moves the form has, the empty one at its end included. */
  readonly moveCount?: number;
}

/** A request that somebody changed, and what the rules say to it. Nothing of it is kept or signed. */
export interface TriedRequest {
  /** The JSON text as it was typed. */
  readonly text: string;
  readonly authorityClass: AuthorityClass;
  /** Absent where nothing was evaluated. */
  readonly result?: DryRun;
  readonly problem?: FormProblem;
}

/** `/self-service/drafts/:id/try` */
export interface TryPageModel {
  readonly site: SiteModel;
  readonly person: string;
  readonly draftId: string;
  readonly title: string;
  readonly version: number;
  readonly tried: TriedRequest;
}

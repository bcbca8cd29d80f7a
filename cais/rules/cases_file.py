"""The shape of `<mapping>.cases.yaml`: documented payloads and what a mapping must make of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, model_validator

from cais.rules.file_model import EMPTY, FileModel, RuleFile, Text, fault

Document = Annotated[Any, WithJsonSchema({})]


class ExpectedError(FileModel):
    """The error that is expected: its code, and the output path it is at."""

    code: Text
    at: Text | None = None


class ExpectedSetting(FileModel):
    """The setting that is expected to be missing: `kind:key`."""

    missing: Text


class CaseFile(FileModel):
    """One case. `out` is compared whole, `out_has` only where it says something."""

    name: Text
    source: Text | None = None
    in_: Document = Field(None, alias="in")
    in_file: Text | None = None
    context: dict[Text, Document] = EMPTY
    out: Document = None
    out_has: Document = None
    error: ExpectedError | None = None
    setting: ExpectedSetting | None = None

    @model_validator(mode="after")
    def _one_of(self) -> CaseFile:
        said = self.model_fields_set
        if len(said & {"out", "out_has", "error", "setting"}) != 1:
            raise fault("R092", "a case says one of `out`, `out_has`, `error` and `setting`")
        if len(said & {"in_", "in_file"}) > 1:
            raise fault("R092", "a case has one of `in` and `in_file`")
        return self


class CasesFile(RuleFile):
    cases: tuple[CaseFile, ...] = Field(min_length=1)

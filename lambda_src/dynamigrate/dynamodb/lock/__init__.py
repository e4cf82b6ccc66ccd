"may_have_happened"

-- name: integrityCheck
pragma quick_check(20)
